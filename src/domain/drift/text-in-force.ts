/** What decides which text a worker of haproxy runs. Ages are in seconds. */
export interface TextFacts {
  /** md5 of the text that ran last, by the history; undefined when the history is empty or its newest copy is damaged */
  readonly kept: string | undefined;
  /** md5 of the stored text */
  readonly stored: string;
  /** since the start of the worker */
  readonly workerAge: number;
  /** since the last write of the stored text */
  readonly writeAge: number;
  /** since the last change of the stored file, which may be a rename */
  readonly changeAge: number;
}

/**
 * The text that a worker runs. `both`: the stored text is the one that ran last. `kept`: the stored text was uploaded later, and no
 * reload has put it in force. `stored`: the worker was started after the upload, for example after a crash, and the history does
 * not know yet. `unknown`: the worker started at the moment of the upload, or the history is missing.
 */
export type TextInForce = 'both' | 'kept' | 'stored' | 'unknown';

/** Decides which text a worker runs. A worker reads the stored text at its start. */
export function textInForce({ kept, stored, workerAge, writeAge, changeAge }: TextFacts): TextInForce {
  if (kept === stored) return 'both';
  if (workerAge < Math.min(writeAge, changeAge)) return 'stored';
  return kept !== undefined && workerAge > Math.max(writeAge, changeAge) ? 'kept' : 'unknown';
}
