import { setTimeout as delay } from 'node:timers/promises';
import { judgeReload, type MasterProcesses, parseMasterProcesses } from '../domain/master-processes.ts';
import { haproxyService } from '../domain/paths.ts';
import { ServiceFailed, SocketSilent } from '../errors.ts';
import type { OperationContext } from './context.ts';

const ANSWER_MS = 5_000;
/** A configuration of thousands of members takes haproxy seconds to load; binding is tried for 1 s. */
const RELOAD_DEADLINE_MS = 60_000;
const POLL_MS = 20;
/** A signal that comes within milliseconds after a new worker began is lost now and then (measured, haproxy 2.6). */
const LOST_SIGNAL_MS = 1_000;
const CRASH_RETRIES = 3;
const CRASH_RETRY_MS = 2_000;
const NOT_ACTIVE = /is not active, cannot reload/;
const SERVERS_STATE_MODE = 0o644;

type ReloadContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

/**
 * Reloads a running haproxy and returns once its new worker runs (contract section 5).
 * @throws ServiceFailed with haproxy's words when it doesn't; the old worker serves on
 */
export async function reloadHaproxy(context: ReloadContext, id: string, statsSocket: string): Promise<void> {
  await saveServersState(context, id, statsSocket);
  const before = await askMaster(context, id);
  const since = new Date();
  await signalReload(context, id);
  if (before === undefined) {
    context.logger.warn({ loadBalancer: id }, 'haproxy has no master socket yet: its reload is not verified');
    return;
  }
  const outcome = await waitForOutcome(context, id, before);
  if (outcome === 'done') return;
  const words = await context.host.services.outputSince(haproxyService(id), since);
  const reason = outcome === 'failed' ? 'the new configuration does not run' : 'no new worker in time';
  throw new ServiceFailed('reload', haproxyService(id), words === '' ? reason : words);
}

async function saveServersState(
  { paths, host, logger }: ReloadContext,
  id: string,
  statsSocket: string,
): Promise<void> {
  try {
    const state = await host.haproxy.ask(statsSocket, 'show servers state', ANSWER_MS);
    await host.files.write(paths.loadBalancer(id).serversState, state, { mode: SERVERS_STATE_MODE });
  } catch (error) {
    logger.warn({ loadBalancer: id, err: error }, 'states of the members not saved: their checks start anew');
  }
}

async function askMaster({ paths, host }: ReloadContext, id: string): Promise<MasterProcesses | undefined> {
  try {
    return parseMasterProcesses(
      await host.haproxy.ask(paths.loadBalancer(id).masterSocket, 'show proc', ANSWER_MS),
    );
  } catch (error) {
    if (error instanceof SocketSilent) return undefined;
    throw error;
  }
}

async function waitForOutcome(
  context: ReloadContext,
  id: string,
  before: MasterProcesses,
): Promise<'done' | 'failed' | 'pending'> {
  const began = performance.now();
  let signalled = began;
  while (performance.now() - began < RELOAD_DEADLINE_MS) {
    const now = await askMaster(context, id);
    const outcome = judgeReload(before, now);
    if (outcome !== 'pending') return outcome;
    const isUnmoved = now?.masterPid === before.masterPid && now.reloads === before.reloads;
    if (isUnmoved && performance.now() - signalled > LOST_SIGNAL_MS) {
      signalled = performance.now();
      context.logger.warn({ loadBalancer: id }, 'haproxy took no notice of its reload: told again');
      await signalReload(context, id);
    }
    await delay(POLL_MS);
  }
  return 'pending';
}

/** A haproxy that crashed while it reloads is being started again by its manager: a few tries, or a young process, will do. */
async function signalReload({ host, logger }: ReloadContext, id: string): Promise<void> {
  const name = haproxyService(id);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await host.services.reload(name);
    } catch (error) {
      if (!(error instanceof ServiceFailed) || !NOT_ACTIVE.test(error.output)) throw error;
      if ((await host.services.state(name)).status === 'active') {
        logger.warn({ loadBalancer: id }, 'haproxy was started anew while it should reload');
        return;
      }
      if (attempt === CRASH_RETRIES) throw error;
      await delay(CRASH_RETRY_MS);
    }
  }
}
