import type { Readable } from 'node:stream';
import type { AuditedUpgrade } from '../../domain/audit/audit-line.ts';
import type { CaptureSettings } from '../../domain/capture/capture-settings.ts';
import type { ChangedLines } from '../../domain/text/changed-lines.ts';

const LONGEST_MS = 60_000;

/** A body that is made while it is sent. */
export class StreamedBody {
  readonly contentType: string;
  /** name under which a browser stores it; undefined: it shows the body */
  readonly fileName: string | undefined;
  /** Begins to make the body. The reader destroys the stream when it needs no more of it. Called at most once. */
  readonly open: () => Promise<Readable>;
  /** Called instead of open() when nobody reads the body. */
  readonly discard: () => void;
  /** the time until a client must have received it, in ms; default: a minute */
  readonly longestMs: number;
  constructor(
    body: Pick<StreamedBody, 'contentType' | 'fileName' | 'open' | 'discard'> & {
      readonly longestMs?: number;
    },
  ) {
    this.contentType = body.contentType;
    this.fileName = body.fileName;
    this.open = body.open;
    this.discard = body.discard;
    this.longestMs = body.longestMs ?? LONGEST_MS;
  }
}

/** An answer as plain data. http/app.ts turns it into bytes. */
export interface Reply {
  readonly status: number;
  /** object or array: sent as compact JSON; bytes: a configuration, sent as text */
  readonly body: object | Buffer | StreamedBody;
  readonly etag?: string;
  /** what an upload changed in the stored configuration; for the audit log, not for the client */
  readonly change?: ChangedLines;
  /** what is captured; for the audit log, not for the client */
  readonly capture?: CaptureSettings;
  /** what an upgrade installs; for the audit log beside the body */
  readonly upgrade?: AuditedUpgrade;
  /** content type of bytes; default: text in UTF-8 */
  readonly contentType?: string;
  /** further headers */
  readonly headers?: Readonly<Record<string, string>>;
  /** seconds after which the client may try again */
  readonly retryAfter?: number;
}

/** Returns the answer of most routes: `{"message":"OK"}`. */
export const ok = (status: 200 | 202, details?: string): Reply => ({
  status,
  body: details === undefined ? { message: 'OK' } : { message: 'OK', details },
});

/** Returns the answer to an upload. @param etag md5 in hex, without the quotes of HTTP, because controllers compare it */
export const stored = (status: 200 | 202, etag: string, change?: ChangedLines): Reply => ({
  ...ok(status),
  etag,
  ...(change === undefined ? {} : { change }),
});

/** The answer if the client accepts only a model, but the configuration was uploaded as a text. */
export const noModel: Reply = {
  status: 406,
  body: { message: 'Not Acceptable', details: 'No model: the configuration was uploaded as a text' },
};

/** Returns an error in the form of Flask, Python's web framework: unknown path, wrong method, malformed JSON. */
export const frameworkError = (status: FrameworkStatus, details?: string): Reply => ({
  status,
  body: {
    error: `${status} ${FRAMEWORK_TEXTS[status]}`,
    http_code: status,
    ...(details === undefined ? {} : { details }),
  },
});

/** Returns a framework error with its own text after the name of the status. */
export const badRequest = (text: string, details?: string): Reply => ({
  status: 400,
  body: { error: `400 Bad Request: ${text}`, http_code: 400, ...(details === undefined ? {} : { details }) },
});

const FRAMEWORK_TEXTS = {
  400: 'Bad Request: The browser (or proxy) sent a request that this server could not understand.',
  403: 'Forbidden: The certificate of the client does not give the right to this request.',
  404: 'Not Found: The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  405: 'Method Not Allowed: The method is not allowed for the requested URL.',
  413: 'Request Entity Too Large: The data value transmitted exceeds the capacity limit.',
  429: 'Too Many Requests: Only one request of this kind is served at a time.',
  500: 'Internal Server Error: The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
  501: 'Not Implemented: The server lacks a program that the request needs.',
} as const;

export type FrameworkStatus = keyof typeof FRAMEWORK_TEXTS;
