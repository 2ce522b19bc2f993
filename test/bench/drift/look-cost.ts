import { setTimeout as delay } from 'node:timers/promises';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { pretendSystemd } from '../../peer/python-amphora.ts';
import { insisting } from '../../support/amphora/api.ts';
import { startPluggedAmphora } from '../../support/amphora/plugged-amphora.ts';
import { install } from '../compare/contestants.ts';
import { childrenCpuMs, ownCpuMs } from '../compare/process-costs.ts';
import { uploadAndReload } from '../load/loaded-amphora.ts';
import type { LookCost } from './rows.ts';
import { setDrift } from './scene.ts';

/** seconds between two looks, so that a short time has many */
const INTERVAL = 10;
const USUAL_INTERVAL_MS = 60_000;
/** rare, because their CPU is not what is measured */
const HEARTBEAT_SECONDS = 60;
/** until the work of the start and of the change is over; with drift on, it has the first two looks */
const REST_MS = 25_000;

/**
 * Measures the CPU of the agent and its children with drift = report, less that with drift = off, in an amphora that nobody
 * asks anything. The agent runs as a package installs it. @param seconds of each of the two phases
 */
export async function measureLookCost(seconds: number): Promise<LookCost> {
  const installation = await install();
  const { world, amphora, ask, balancer } = await startPluggedAmphora({
    heartbeatInterval: HEARTBEAT_SECONDS,
    each: () => ({ programs: installation.programs }),
    prepare: ({ box }) => pretendSystemd(box),
  });
  try {
    const must = insisting(ask);
    await uploadAndReload(must, amphora, balancer, haproxyConfigText(balancer));
    const usedIn = async (mode: 'off' | 'report'): Promise<number> => {
      await setDrift({ amphora, must }, mode, INTERVAL);
      await delay(REST_MS);
      const pid = amphora.agentPid() ?? 0;
      const used = async (): Promise<number> => (await ownCpuMs(pid)) + (await childrenCpuMs(pid));
      const before = await used();
      await delay(seconds * 1000);
      return (await used()) - before;
    };
    const off = await usedIn('off');
    const look = ((await usedIn('report')) - off) / (seconds / INTERVAL);
    return { cpuMs: look, share: look / USUAL_INTERVAL_MS };
  } finally {
    await world.close();
    await installation.remove();
  }
}
