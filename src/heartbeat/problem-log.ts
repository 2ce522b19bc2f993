import type { Logger } from 'pino';

/** A log of lasting problems. It logs a problem once when it begins and once when it is over, not at every beat. */
export interface ProblemLog {
  /**
   * Reports that a problem exists. Logs it if it is new for its subject.
   * @param subject the object that has the problem, such as `controller 192.0.2.1:5555`
   * @param advice a sentence that says what is wrong and what to do
   */
  report(subject: string, advice: string, fields?: object): void;
  /** Reports that the subject has no problem. */
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
      if (open.delete(subject)) logger.info({ subject }, 'the problem is over');
    },
  };
}
