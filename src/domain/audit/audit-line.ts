import { createHash } from 'node:crypto';
import type { CaptureSettings } from '../capture/capture-settings.ts';
import type { ChangedLines } from '../text/changed-lines.ts';
import { isRecord } from '../text/json-shapes.ts';
import type { PackageChange } from '../upgrade/package-plan.ts';

/** A client, as its certificate names it. */
export interface AuditedClient {
  readonly authority: 'controller' | 'monitor';
  /** undefined: the connection has no client certificate (development only) */
  readonly subject?: string;
  readonly serial?: string;
  /** SHA-256 of the certificate, in hex without separators */
  readonly fingerprint?: string;
}

/** A bundle that passed the checks, and its packages. */
export interface AuditedUpgrade {
  readonly id: string;
  readonly packages: readonly PackageChange[];
}

/**
 * One request that changes something, captures packets, or that its client has no right to. It contains no bodies and no
 * secrets.
 */
export interface AuditedRequest {
  /** beginning of the request: ISO 8601 in UTC */
  readonly time: string;
  readonly client: AuditedClient;
  readonly method: string;
  readonly path: string;
  readonly dryRun?: true;
  /** what arrived of the body; undefined if the agent did not read it */
  readonly body?: { readonly bytes: number; readonly sha256: string };
  /** what an upload changed in the stored configuration, in lines; undefined if it stored none */
  readonly change?: ChangedLines;
  /** what a capture gave to the client; undefined for other requests, and if the capture was refused */
  readonly capture?: CaptureSettings;
  /** what an upgrade installs; undefined for other requests, and if the bundle was refused */
  readonly upgrade?: AuditedUpgrade;
  /** `cut off` when the client did not wait for the answer */
  readonly status: number | 'cut off';
  readonly milliseconds: number;
}

/** The end of an upgrade, which may come long after its request. */
export interface UpgradeEnd {
  readonly event: 'upgrade ended';
  /** id of the upgrade */
  readonly upgrade: string;
  readonly result: 'succeeded' | 'returned' | 'failed';
  readonly reason: string | null;
}

/**
 * Refused requests of a certificate of agent_monitor_ca that have no lines of their own, so that such a client can't push the
 * lines of controllers out of the log.
 */
export interface FurtherRefusals {
  readonly event: 'further refusals';
  /** undefined: several certificates, because many are refused at the same time */
  readonly client?: AuditedClient;
  readonly requests: number;
  /** beginnings of the first and the last of them: ISO 8601 in UTC */
  readonly from: string;
  readonly to: string;
  readonly last: Pick<AuditedRequest, 'method' | 'path'>;
}

/** An irregularity that the agent found in its own log, or caused. */
export type AuditEvent =
  /** the line before has no end, because the agent was killed while it wrote the line */
  | { readonly event: 'half line' }
  /** lines at the end of the log are gone; the number of this line says which */
  | { readonly event: 'missing lines'; readonly from: number; readonly to: number }
  /** the last line isn't the one that the agent wrote */
  | { readonly event: 'changed line' }
  /** the file that knows the last line is gone */
  | { readonly event: 'no head' }
  /** requests that could not be written, for example because the disk was full */
  | { readonly event: 'not written'; readonly requests: number };

/** The place of a line in the chain. */
export interface AuditPosition {
  /** counts all lines since the first one, which is 1 */
  readonly number: number;
  /** SHA-256 of the line without its line end, in hex */
  readonly hash: string;
}

export type AuditContent =
  | AuditedRequest
  | ((AuditEvent | UpgradeEnd | FurtherRefusals) & { readonly time: string });

/** A line of the log, as far as the chain needs it. */
export interface AuditLine {
  readonly number: number;
  /** hash of the line before, also if that is in another file */
  readonly previous: string;
  readonly event: string | undefined;
}

/** The position before the first line. */
export const BEGINNING: AuditPosition = { number: 0, hash: '0'.repeat(64) };

export const hashOf = (line: string): string => createHash('sha256').update(line).digest('hex');

/** Returns a line without its line end, and its position. @param last position of the line before */
export function lineAfter(
  last: AuditPosition,
  content: AuditContent,
): { readonly line: string; readonly position: AuditPosition } {
  const number = last.number + 1;
  const line = JSON.stringify({ number, ...content, previous: last.hash });
  return { line, position: { number, hash: hashOf(line) } };
}

/** @returns undefined if the text isn't a whole line of the log */
export function parseLine(line: string): AuditLine | undefined {
  const value = parsed(line);
  if (!isRecord(value)) return undefined;
  const { number, previous, event } = value;
  if (!isPosition(number, previous)) return undefined;
  return {
    number: Number(number),
    previous: String(previous),
    event: typeof event === 'string' ? event : undefined,
  };
}

const HEAD_BYTES = 128;

/** Returns the content of the file that knows the last line. It always has the same size. */
export const headText = ({ number, hash }: AuditPosition): string =>
  `${JSON.stringify({ number, hash }).padEnd(HEAD_BYTES - 1)}\n`;

/** @returns undefined if the text is no head */
export function parseHead(text: string): AuditPosition | undefined {
  const value = parsed(text);
  if (!isRecord(value) || !isPosition(value['number'], value['hash'])) return undefined;
  return { number: Number(value['number']), hash: String(value['hash']) };
}

const isPosition = (number: unknown, hash: unknown): boolean =>
  Number.isSafeInteger(number) && Number(number) >= 0 && /^[\da-f]{64}$/.test(String(hash));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
