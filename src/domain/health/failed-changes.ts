import type { FailedChange } from '../recent-events.ts';

/** A request that should have changed something and failed, in the form of the status. Secrets are hidden in its reason. */
export interface FailedChangeStatus {
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** subject of the client's certificate; '' when it has none */
  readonly client: string;
  /** for example haproxy's output; may have several lines */
  readonly reason: string;
}

/**
 * Returns failed changes in the form of the status, the newest first.
 * @param withoutSecrets hides the secrets in a text
 */
export const failedChangesStatus = (
  changes: readonly FailedChange[],
  withoutSecrets: (text: string) => string,
): FailedChangeStatus[] =>
  changes.toReversed().map(({ at, method, path, status, client, reason }) => ({
    time: new Date(at).toISOString(),
    ...{ method, path, status },
    client: client ?? '',
    reason: withoutSecrets(reason),
  }));

/** Returns the lines of failed changes in the text of the status; none without a failed change. */
export const failedChangeLines = (changes: readonly FailedChangeStatus[]): string[] =>
  changes.flatMap(({ time, method, path, status, client, reason }) => [
    `failed change: ${time} ${method} ${path} by ${client === '' ? 'a client without a certificate' : client}: ${status}`,
    ...reason.split('\n').map((line) => `  ${line}`.trimEnd()),
  ]);
