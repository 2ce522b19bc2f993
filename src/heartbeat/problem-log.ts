import type { Logger } from 'pino';

/** Tells of a lasting problem once, when it begins, and once more when it is over: not at every beat. */
export interface ProblemLog {
  /**
   * @param subject what has the problem, such as `controller 192.0.2.1:5555`
   * @param advice what is wrong and what to do, a sentence; the same one again is not logged again
   */
  report(subject: string, advice: string, fields?: object): void;
  /** The subject is well. */
  clear(subject: string): void;
}

export function createProblemLog(logger: Logger): ProblemLog {
  const open = new Map<string, string>();
  return {
    report(subject, advice, fields = {}) {
      if (open.get(subject) === advice) return;
      open.set(subject, advice);
      logger.warn({ subject, ...fields }, advice);
    },
    clear(subject) {
      if (open.delete(subject)) logger.info({ subject }, 'well again');
    },
  };
}
