/**
 * npm run bench:quiet [-- --seconds N] [-- --interval SECONDS] [-- --with MANAGER] [-- --strace] [-- --json FILE]: how often an amphora
 * at rest wakes its processor. The agent runs as a package installs it, with one load balancer and a heartbeat every 2 s:
 * first under its own supervisor, then with the stand-in for systemctl. Counts N seconds (default 60) for each thread: how
 * often it woke, and its CPU time; and the CPU time of child processes that ended or watch the network. Ends with 1 if the process
 * wakes more than 80 times a minute beyond two for each heartbeat. `--strace` shows the system calls too, of a further time as long.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { LIBRARY } from '../../packaging/installation-tree.ts';
import { haproxyConfigText } from '../../sandbox/controller/load-balancer.ts';
import { runProgram } from '../../sandbox/programs/programs.ts';
import { pretendSystemd } from '../peer/python-amphora.ts';
import { insisting } from '../support/amphora/api.ts';
import { startPluggedAmphora } from '../support/amphora/plugged-amphora.ts';
import { type Installation, install } from './compare/contestants.ts';
import { childrenCpuMs } from './compare/process-costs.ts';
import { uploadAndReload } from './load/loaded-amphora.ts';
import { inPrivateWorld } from './load/private-world.ts';
import { type Activity, activityBetween, countsOf } from './quiet/thread-activity.ts';

const MANAGERS = ['supervisor', 'systemd'] as const;
type Manager = (typeof MANAGERS)[number];

/** until the work of the start and of the upload is over, and V8 has collected its garbage */
const REST_MS = 20_000;
const MOST_A_MINUTE = 80;
const A_BEAT = 2;

interface Measuring {
  readonly seconds: number;
  /** seconds between two heartbeats */
  readonly interval: number;
  readonly traces: boolean;
}

interface Quiet {
  readonly manager: Manager;
  readonly activities: readonly Activity[];
  readonly childrenCpuMs: number;
  readonly wakeUpsAMinute: number;
  /** the most wake-ups a minute that meet the target */
  readonly target: number;
  readonly systemCalls: string | undefined;
}

async function measure(installation: Installation, manager: Manager, measuring: Measuring): Promise<Quiet> {
  const { world, amphora, ask, balancer } = await startPluggedAmphora({
    heartbeatInterval: measuring.interval,
    each: () => ({ programs: installation.programs }),
    prepare: ({ box }) => (manager === 'systemd' ? pretendSystemd(box) : Promise.resolve()),
  });
  try {
    await uploadAndReload(insisting(ask), amphora, balancer, haproxyConfigText(balancer));
    amphora.controller.close();
    const pid = amphora.agentPid();
    if (pid === undefined) throw new Error('the agent does not run');
    await runProgram([`/${LIBRARY}/bin/page-out`, `${pid}`]);
    await delay(REST_MS);
    return { manager, ...(await watch(pid, measuring)) };
  } finally {
    await world.close();
  }
}

async function watch(pid: number, { seconds, interval, traces }: Measuring): Promise<Omit<Quiet, 'manager'>> {
  const [before, childrenBefore] = [await countsOf(pid), await childrenCpuMs(pid)];
  await delay(seconds * 1000);
  const activities = activityBetween(before, await countsOf(pid));
  const wakeUps = activities.reduce((sum, activity) => sum + activity.wakeUps, 0);
  return {
    activities,
    childrenCpuMs: (await childrenCpuMs(pid)) - childrenBefore,
    wakeUpsAMinute: (wakeUps * 60) / seconds,
    target: MOST_A_MINUTE + (A_BEAT * 60) / interval,
    systemCalls: traces ? await traceCalls(pid, seconds) : undefined,
  };
}

/** Returns the table of strace(1): the system calls of all threads, by their number. */
async function traceCalls(pid: number, seconds: number): Promise<string> {
  const strace = spawn('strace', ['-c', '-f', '-S', 'calls', '-p', `${pid}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  strace.stderr.on('data', (text) => {
    printed += text;
  });
  const ended = once(strace, 'close');
  await delay(seconds * 1000);
  strace.kill('SIGINT');
  await ended;
  return printed.slice(printed.indexOf('% time'));
}

function show({ manager, activities, childrenCpuMs, systemCalls, ...sum }: Quiet, seconds: number): void {
  const table = new Table({
    head: ['thread', 'number', 'wake-ups a minute', 'CPU ms a minute'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right'],
  });
  const aMinute = (count: number): string => ((count * 60) / seconds).toFixed(0);
  for (const { name, threads, wakeUps, cpuMs } of activities)
    table.push([name, threads, aMinute(wakeUps), ((cpuMs * 60) / seconds).toFixed(1)]);
  table.push(['children', '', '', ((childrenCpuMs * 60) / seconds).toFixed(1)]);
  const cpu = activities.reduce((total, { cpuMs }) => total + cpuMs, childrenCpuMs);
  table.push(['all', '', sum.wakeUpsAMinute.toFixed(0), ((cpu * 60) / seconds).toFixed(1)]);
  console.log(`${manager}: at most ${sum.target} wake-ups a minute`);
  console.log(table.toString());
  if (systemCalls !== undefined) console.log(systemCalls);
}

async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '60' },
      interval: { type: 'string', default: '2' },
      with: { type: 'string' },
      strace: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const [seconds, interval] = [Number(values.seconds), Number(values.interval)];
  const installation = await install();
  const all: Quiet[] = [];
  try {
    for (const manager of MANAGERS.filter((name) => name === (values.with ?? name))) {
      const quiet = await measure(installation, manager, { seconds, interval, traces: values.strace });
      show(quiet, seconds);
      all.push(quiet);
    }
  } finally {
    await installation.remove();
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, undefined, 2)}\n`);
  return all.every(({ wakeUpsAMinute, target }) => wakeUpsAMinute <= target) ? 0 : 1;
}

await inPrivateWorld(import.meta.filename, bench);
