import { writeFile } from 'node:fs/promises';
import { type MasterProcesses, parseMasterProcesses } from '../../../src/domain/haproxy/master-processes.ts';
import type { LoadBalancerId } from '../../../src/domain/ids.ts';
import { createFiles } from '../../../src/host/files.ts';
import { createHaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';
import { createProcesses } from '../../../src/host/processes/processes.ts';
import { reloadDirectly } from '../../../src/operations/haproxy/direct-reload.ts';
import { getInNamespace, until } from '../../support/amphora/amphora-services.ts';
import { failureText, paths, services } from '../systemd-services.ts';
import type { Findings } from './findings.ts';

const haproxy = createHaproxySockets();
const host = { haproxy, processes: createProcesses(createFiles()) };

/** A haproxy that runs under systemd. */
export interface RunningHaproxy {
  readonly name: string;
  readonly id: LoadBalancerId;
  readonly port: number;
  /** stores a configuration that answers every request with this text */
  readonly configure: (answer: string) => Promise<void>;
  /** @returns a property of the unit, as systemd shows it */
  readonly shown: (unit: string, property: string) => string;
}

async function showProc(id: LoadBalancerId): Promise<MasterProcesses> {
  let said: MasterProcesses | undefined;
  await until(async () => {
    const answer = await haproxy.ask(paths.loadBalancer(id).masterSocket, 'show proc', 1000).catch(() => '');
    said = parseMasterProcesses(answer);
    return said !== undefined;
  });
  if (said === undefined) throw new Error('no master answers');
  return said;
}

/** Reloads without systemctl, then with it; then the same with a configuration that does not run. */
export async function directReload(running: RunningHaproxy): Promise<Findings['directReload']> {
  const { name, id, port, configure, shown } = running;
  const direct = async (): Promise<string> =>
    (await reloadDirectly({ paths, host }, id, { master: await showProc(id), limitMs: 10_000 })).kind;
  const serves = (answer: string): Promise<void> => until(() => getInNamespace(port) === answer);
  const settled = (): Promise<void> => until(() => shown(name, 'ActiveState') === 'active');
  const before = await services.state(name);
  await configure('direct');
  const sent = await direct();
  await serves('direct');
  await settled();
  const state = await services.state(name);
  const subState = shown(name, 'SubState');
  await configure('hand');
  const byHand = await failureText(services.reload(name));
  await serves('hand');
  await writeFile(paths.loadBalancer(id).config, 'frontend x\n    bogus\n');
  await direct();
  await until(async () => (await showProc(id)).failedReloads > 0);
  await settled();
  const refused = { status: (await services.state(name)).status, answer: getInNamespace(port) };
  await configure('two');
  const mended = await failureText(services.reload(name));
  await serves('two');
  const sameMaster = before.mainPid === state.mainPid;
  return { sent, state, sameMaster, subState, byHand, refused: { ...refused, mended } };
}
