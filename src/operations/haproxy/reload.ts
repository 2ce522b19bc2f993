import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { alertsFirst } from '../../domain/haproxy/haproxy-log.ts';
import { judgeReload, type MasterProcesses } from '../../domain/haproxy/master-processes.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { MANY_OLD_WORKERS, MOST_OLD_WORKERS } from '../../domain/service-definitions.ts';
import { ServiceFailed, ServiceSilent, type SocketSilent, WriteFailed } from '../../errors.ts';
import type { OutputMark } from '../../host/services/services.ts';
import type { OperationContext } from '../context.ts';
import { forgetWorker } from '../run-time/record.ts';
import { statsSocketFor } from '../stored-configs.ts';
import { refuseTakenAddresses } from './bind-check.ts';
import { type DirectReload, reloadDirectly } from './direct-reload.ts';
import { runningText } from './history.ts';
import { type AskedWorker, askMaster, askWorkerPid, workerServes } from './processes.ts';
import { emptyServersState, saveServersState } from './servers-state-file.ts';

/** haproxy needs seconds to load thousands of members, and retries to bind for 1 s. */
const RELOAD_DEADLINE_MS = 60_000;
/** A small haproxy reloads within about 30 ms, a large one needs seconds. */
const SHORTEST_POLL_MS = 5;
const LONGEST_POLL_MS = 100;
/** haproxy 2.6 sometimes loses a signal within milliseconds after the start of a new worker (measured). */
const LOST_SIGNAL_MS = 1_000;
/** While the master re-executes itself, nothing listens on its socket for some milliseconds. */
const ABSENT_MS = 1_000;
const CRASH_RETRIES = 3;
const CRASH_RETRY_MS = 2_000;
/** The output of a master whose new configuration doesn't run: haproxy 2.5 to 3.0, older versions, 3.1 and later. */
const NOT_LOADED = /Loading failure!|in waitpid mode|Failed to load worker/;
const LOG_POLL_MS = 500;
/** The output of a master that ends because its current worker ended. */
const WORKER_DIED = /exit-on-failure/;
/** The longest time until a crashed haproxy serves again: a large configuration takes seconds to load. */
const RESTARTED_MS = 10_000;
const NOT_ACTIVE = /is not active, cannot reload/;

/** The parts that only an agent has are optional. Without `checkedTexts`, the service manager always checks the configuration. */
type ReloadContext = Pick<OperationContext, 'paths' | 'host' | 'logger'> &
  Partial<Pick<OperationContext, 'checkedTexts' | 'heartbeat'>>;

/** One running haproxy. */
interface Running extends AskedWorker {
  readonly service: string;
  /** this process of the agent has just had haproxy check the stored configuration */
  readonly isChecked: boolean;
}

/**
 * Reloads a running haproxy and returns once its new worker runs (docs/contract.md, section 5).
 * @throws ServiceFailed with haproxy's output when the new worker doesn't run; the old worker continues to serve.
 *   ServiceSilent when no signal was sent
 */
export async function reloadHaproxy(context: ReloadContext, id: HaproxyId): Promise<void> {
  const at = context.paths.loadBalancer(id);
  const config = await context.host.files.read(at.config);
  const text = config?.toString('latin1') ?? '';
  const statsSocket = await statsSocketFor(context, id);
  const isChecked = config !== undefined && context.checkedTexts?.includes(id, config) === true;
  const haproxy: Running = { id, service: haproxyService(id), statsSocket, isChecked };
  const running = await runningText(context, id);
  await refuseReadOnlyDisk(context, haproxy);
  await refuseTakenAddresses(context, haproxy.service, text, running);
  const saving = saveServersState(context, id, { statsSocket, running, next: text });
  try {
    await reloadWith(context, haproxy, saving);
    context.heartbeat?.leaveWorkers();
    await forgetWorker(context, id);
  } finally {
    await saving;
    await emptyServersState(context, id);
  }
}

/**
 * Refuses a reload while haproxy can't make its sockets. haproxy 2.6 would close those of the worker that serves, and could
 * not open them again.
 * @throws ServiceSilent
 */
async function refuseReadOnlyDisk({ paths, host }: ReloadContext, haproxy: Running): Promise<void> {
  const sockets = [haproxy.statsSocket, paths.loadBalancer(haproxy.id).masterSocket];
  for (const socket of sockets) {
    await host.files.checkWritable(path.dirname(socket)).catch((error: unknown) => {
      if (!(error instanceof WriteFailed)) throw error;
      throw notAnswering(haproxy, error.message);
    });
  }
}

/** @param saving the writing of the file that the new worker reads at its start */
async function reloadWith(context: ReloadContext, haproxy: Running, saving: Promise<void>): Promise<void> {
  const since = await context.host.services.outputMark(haproxy.service);
  const master = await askMasterAtRest(context, haproxy);
  const look = await lookBefore(context, haproxy, { master, since });
  if (master !== undefined) warnOfOldWorkers(context, haproxy, master);
  await saving;
  const began = performance.now();
  const direct = await reloadIfChecked(context, haproxy, master);
  if (direct.kind === 'not sent') await signalReload(context, haproxy);
  const outcome =
    direct.kind === 'failed' ? 'failed' : await waitForOutcome(context, haproxy, { look, began });
  if (outcome === 'done') return;
  const loadOutput = direct.kind === 'failed' ? direct.output : '';
  const output = loadOutput || (await context.host.services.outputSince(haproxy.service, since));
  const reason = outcome === 'failed' ? 'the new configuration does not run' : 'no new worker in time';
  throw new ServiceFailed('reload', haproxy.service, output === '' ? reason : alertsFirst(output));
}

/** Reloads without the service manager if nothing is left for it to check and the master answers. */
const reloadIfChecked = async (
  context: ReloadContext,
  { id, isChecked }: Running,
  master: MasterProcesses | undefined,
): Promise<DirectReload> =>
  isChecked && master !== undefined
    ? reloadDirectly(context, id, { master, limitMs: RELOAD_DEADLINE_MS })
    : { kind: 'not sent' };

function warnOfOldWorkers(
  { logger }: ReloadContext,
  { id }: Running,
  { oldWorkerPids }: MasterProcesses,
): void {
  if (oldWorkerPids.length < MANY_OLD_WORKERS) return;
  logger.warn(
    { loadBalancer: id, oldWorkers: oldWorkerPids.length, most: MOST_OLD_WORKERS },
    'many old workers of haproxy still serve their open connections',
  );
}

/** The progress of a reload. `unnoticed`: haproxy has not reacted to the signal. */
type Progress = 'done' | 'failed' | 'pending' | 'unnoticed';

/**
 * Reads the state of haproxy before the signal and returns the function that checks the progress after it. The master
 * reports the progress. A haproxy that another agent started has no master socket: then the pid of its worker and its
 * output show the progress.
 * @param before.master undefined without a master socket
 * @param before.since earlier output of haproxy is ignored
 * @throws ServiceSilent when neither process answers: then the agent could not detect a reload
 */
async function lookBefore(
  context: ReloadContext,
  haproxy: Running,
  { master, since }: { readonly master: MasterProcesses | undefined; readonly since: OutputMark },
): Promise<() => Promise<Progress>> {
  if (master !== undefined) {
    const hasDied = deathInLog(context, haproxy, since);
    return async () => {
      const progress = await askForProgress(context, haproxy, master);
      return progress === 'pending' && (await hasDied()) ? 'failed' : progress;
    };
  }
  context.logger.warn(
    { loadBalancer: haproxy.id },
    'haproxy has no master socket: watching its worker for the reload',
  );
  const worker = await askWorkerPid(context, haproxy.statsSocket);
  if (worker === undefined) throw notAnswering(haproxy, 'neither its master nor its worker answers');
  const hasFailed = failureInLog(context, haproxy, since);
  return async () => {
    const now = await askWorkerPid(context, haproxy.statsSocket);
    if (now !== undefined && now !== worker) return 'done';
    return (await hasFailed()) ? 'failed' : 'pending';
  };
}

async function askForProgress(
  context: ReloadContext,
  haproxy: Running,
  before: MasterProcesses,
): Promise<Progress> {
  const now = await askMaster(context, haproxy.id);
  const outcome = judgeReload(before, now);
  if (outcome === 'failed') return 'failed';
  if (outcome === 'listed' && now?.currentWorkerPid !== undefined) {
    return (await workerServes(context, haproxy, now.currentWorkerPid)) ? 'done' : 'pending';
  }
  return now?.masterPid === before.masterPid && now.reloads === before.reloads ? 'unnoticed' : 'pending';
}

/** Returns a check whether haproxy ended with its new worker and the service manager did not restart it in time. */
function deathInLog(
  { host }: ReloadContext,
  { service }: Running,
  since: OutputMark,
): () => Promise<boolean> {
  let checked = performance.now();
  let died: number | undefined;
  return async () => {
    const now = performance.now();
    if (died !== undefined) return now - died > RESTARTED_MS;
    if (now - checked < LOG_POLL_MS) return false;
    checked = now;
    if (WORKER_DIED.test(await host.services.outputSince(service, since))) died = now;
    return false;
  };
}

/**
 * Returns a check whether haproxy printed that its new configuration doesn't run. It reads the log rarely: journalctl is
 * slow.
 */
function failureInLog(
  { host }: ReloadContext,
  { service }: Running,
  since: OutputMark,
): () => Promise<boolean> {
  let checked = performance.now();
  return async () => {
    if (performance.now() - checked < LOG_POLL_MS) return false;
    const output = await host.services.outputSince(service, since);
    checked = performance.now();
    return NOT_LOADED.test(output);
  };
}

/**
 * Repeats the query for a while: a master that re-executes itself, or that the service manager restarts, is absent for some
 * milliseconds, and may reset a connection.
 * @returns undefined when there is no master socket
 * @throws ServiceSilent when the master doesn't answer
 */
async function askMasterAtRest(
  context: ReloadContext,
  haproxy: Running,
): Promise<MasterProcesses | undefined> {
  const began = performance.now();
  let silence: SocketSilent | undefined;
  while (performance.now() - began < ABSENT_MS) {
    const master = await askMaster(context, haproxy.id, (error) => {
      silence = error;
    });
    if (master !== undefined) return master;
    await delay(pauseAfter(began));
  }
  if (silence === undefined || silence.isAbsent) return undefined;
  throw notAnswering(haproxy, `its master does not answer: ${silence.message}`);
}

const notAnswering = ({ service }: Running, reason: string): ServiceSilent =>
  new ServiceSilent('reload', service, `no reload signal was sent to haproxy: ${reason}`);

/** @param reload.began time of the signal, by performance.now() */
async function waitForOutcome(
  context: ReloadContext,
  haproxy: Running,
  { look, began }: { readonly look: () => Promise<Progress>; readonly began: number },
): Promise<Exclude<Progress, 'unnoticed'>> {
  let signalled = performance.now();
  while (performance.now() - began < RELOAD_DEADLINE_MS) {
    const progress = await look();
    if (progress === 'done' || progress === 'failed') return progress;
    if (progress === 'unnoticed' && performance.now() - signalled > LOST_SIGNAL_MS) {
      signalled = performance.now();
      context.logger.warn(
        { loadBalancer: haproxy.id },
        'haproxy ignored the reload signal: signal sent again',
      );
      await signalReload(context, haproxy);
    }
    await delay(pauseAfter(began));
  }
  return 'pending';
}

/**
 * Returns the milliseconds until the next check: a tenth of the time since the signal.
 * @param began by performance.now()
 */
const pauseAfter = (began: number): number =>
  Math.min(Math.max((performance.now() - began) / 10, SHORTEST_POLL_MS), LONGEST_POLL_MS);

/** Sends the reload signal. Retries after a crash of haproxy, until the service manager has restarted it. */
async function signalReload({ host, logger }: ReloadContext, { id, service }: Running): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await host.services.reload(service);
    } catch (error) {
      if (!(error instanceof ServiceFailed) || !NOT_ACTIVE.test(error.output)) throw error;
      if ((await host.services.state(service)).status === 'active') {
        logger.warn({ loadBalancer: id }, 'the service manager restarted haproxy during its reload');
        return;
      }
      if (attempt === CRASH_RETRIES) throw error;
      await delay(CRASH_RETRY_MS);
    }
  }
}
