import type { Logger } from 'pino';
import { createDirectoryWatch, type StartWatch } from '../directory-watch.ts';
import type { EndNotice, SupervisedService } from './supervised-service.ts';

/** The looks at services and their logs, which are rare as long as the kernel reports ends and changes. */
export interface ServicesWatch {
  /** To be called when a service was added, or when something else than before reports its end. */
  update(): void;
  close(): void;
}

/** milliseconds between two looks at the services, by what reports the end of one of them */
export type PollTimes = Readonly<
  Record<EndNotice, number> & {
    /** the same while nothing reports that logs grow */
    logs: number;
  }
>;

interface WatchedServices {
  /** directory of the logs */
  readonly directory: string;
  readonly services: ReadonlyMap<string, SupervisedService>;
  readonly pollMs: PollTimes;
  readonly logger: Logger;
  readonly startWatch?: StartWatch | undefined;
}

/** milliseconds from the first line to the look at the length of the log: a service may print much at once */
const TRIM_MS = 500;
const LOG_ENDING = '.log';

export function watchServices(watched: WatchedServices): ServicesWatch {
  const { services, pollMs, logger } = watched;
  const attempt = createAttempt(logger);
  const logs = watchLogs(watched, (name) => attempt(name, async () => services.get(name)?.log.trim()));
  let lastLook = performance.now();
  let hasBegun = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    lastLook = performance.now();
    for (const [name, service] of services) await attempt(name, () => service.poll());
    await logs.renew();
    schedule();
  };
  const schedule = (): void => {
    clearTimeout(timer);
    if (isClosed) return;
    const notices = [...services.values()].map(({ notice }) => notice ?? 'child');
    const logsMs = logs.isBlind() ? pollMs.logs : pollMs.child;
    const waitMs = Math.min(logsMs, ...notices.map((notice) => pollMs[notice]));
    timer = setTimeout(() => void look(), Math.max(0, lastLook + waitMs - performance.now())).unref();
  };
  return {
    update() {
      schedule();
      // the directory of the logs exists once there is a service
      if (!hasBegun) void logs.renew().then(schedule);
      hasBegun = true;
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      logs.close();
    },
  };
}

/** Trims the logs that grow. @param trim trims the log of a service if it is too long; never rejects */
function watchLogs(
  { directory, services, logger, startWatch }: WatchedServices,
  trim: (service: string) => Promise<void>,
) {
  const grown = new Set<string>();
  let state: 'new' | 'watched' | 'blind' = 'new';
  let timer: NodeJS.Timeout | undefined;

  const trimGrown = async (): Promise<void> => {
    timer = undefined;
    const names = [...grown];
    grown.clear();
    for (const name of names) await trim(name);
  };
  const onEvent = (file: string | null): void => {
    if (!file?.endsWith(LOG_ENDING)) return;
    grown.add(file.slice(0, -LOG_ENDING.length));
    timer ??= setTimeout(() => void trimGrown(), TRIM_MS).unref();
  };
  const watch = createDirectoryWatch(directory, onEvent, startWatch);
  return {
    isBlind: () => state === 'blind',
    /** Watches the directory, and trims each log that may have grown unwatched. */
    async renew(): Promise<void> {
      const failure = await watch.renew();
      const former = state;
      state = failure === undefined ? 'watched' : 'blind';
      if (failure !== undefined && former !== 'blind')
        logger.warn(
          { err: failure },
          "can't be notified of changed files: looking at them regularly instead",
        );
      if (former === 'watched' && state === 'watched') return;
      for (const name of services.keys()) await trim(name);
    },
    close() {
      clearTimeout(timer);
      watch.close();
    },
  };
}

/** Returns a function that logs the failure of an action once for many attempts: a disk stays full for a while. */
function createAttempt(logger: Logger): (service: string, action: () => Promise<void>) => Promise<void> {
  const failed = new Set<string>();
  return async (service, action) => {
    try {
      await action();
      failed.delete(service);
    } catch (error) {
      if (!failed.has(service)) logger.error({ service, err: error }, 'cannot read the state of the service');
      failed.add(service);
    }
  };
}
