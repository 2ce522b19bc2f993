import { setTimeout as delay } from 'node:timers/promises';
import {
  causeOfEnd,
  judgeReload,
  judgeStart,
  type KeepalivedProgress,
} from '../../domain/keepalived/keepalived-log.ts';
import { type ServiceAction, ServiceFailed } from '../../errors.ts';
import type { OutputMark } from '../../host/services/services.ts';
import type { OperationContext } from '../context.ts';

interface StartContext {
  readonly host: Pick<OperationContext['host'], 'services'>;
  readonly logger: OperationContext['logger'];
}

/** Less than the 60 s that a controller waits for an answer. */
const READY_MS = 45_000;
/** The longest time until a reload is confirmed. keepalived and its children need some milliseconds. */
const RELOADED_MS = 10_000;
/** The longest time until a keepalived that logs nothing and can't work ends by itself (measured without IPVS: 10 ms). */
const SETTLE_MS = 500;
const LOOK_MS = 50;

/**
 * Starts a keepalived and returns once its log confirms that it is ready. Its parent process ends much earlier. Old
 * versions log nothing, and the log may be unreadable: then keepalived counts as ready after half a second.
 * @throws ServiceFailed with the cause first, when keepalived ends or is not ready in time; its manager retries
 */
export async function startKeepalived(context: StartContext, name: string): Promise<void> {
  const { services } = context.host;
  const mark = await services.outputMark(name);
  try {
    await services.start(name);
  } catch (error) {
    if (!(error instanceof ServiceFailed)) throw error;
    const cause = causeOfEnd(await services.outputOfEnded(name, mark));
    throw cause === '' ? error : new ServiceFailed('start', name, cause, { cause: error });
  }
  const progress = await watch(context, name, {
    action: 'start',
    mark,
    judge: judgeStart,
    limitMs: READY_MS,
  });
  if (progress === 'ready') return;
  const cause = causeOfEnd(await services.outputAfter(name, mark));
  throw new ServiceFailed('start', name, `keepalived is not ready after ${READY_MS / 1000} s\n${cause}`);
}

/**
 * Reloads a running keepalived and returns once its log confirms the new configuration.
 * @throws ServiceFailed with the cause first, when keepalived ends during the reload
 */
export async function reloadKeepalived(context: StartContext, name: string): Promise<void> {
  const { services } = context.host;
  const mark = await services.outputMark(name);
  await services.reload(name);
  const watched = { action: 'reload', mark, judge: judgeReload, limitMs: RELOADED_MS } as const;
  if ((await watch(context, name, watched)) === 'ready') return;
  context.logger.warn({ service: name }, 'keepalived runs, but its log does not confirm the reload');
}

interface Watched {
  readonly action: ServiceAction;
  readonly mark: OutputMark;
  readonly judge: (log: string) => KeepalivedProgress;
  readonly limitMs: number;
}

/**
 * Waits until the log of keepalived confirms the action.
 * @returns `'late'` after the time limit
 * @throws ServiceFailed with the cause first, when the main process ends
 */
async function watch(
  { host: { services } }: StartContext,
  name: string,
  { action, mark, judge, limitMs }: Watched,
): Promise<'ready' | 'late'> {
  const { mainPid } = await services.state(name);
  const began = performance.now();
  while (performance.now() - began < limitMs) {
    const now = await services.state(name);
    if (now.status !== 'active' || now.mainPid !== mainPid) {
      const cause =
        causeOfEnd(await services.outputOfEnded(name, mark)) ||
        `keepalived ended right after its ${action}; see its log`;
      throw new ServiceFailed(action, name, cause);
    }
    const progress = judge(await services.outputAfter(name, mark));
    if (progress === 'ready') return 'ready';
    if (progress === 'silent' && performance.now() - began > SETTLE_MS) return 'ready';
    await delay(LOOK_MS);
  }
  return 'late';
}
