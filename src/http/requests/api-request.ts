import type { Request } from 'express';
import type { ApiVersion } from '../../domain/api-version.ts';
import type { ClientConnection } from '../../domain/capture/capture-settings.ts';
import { METRICS_TYPES, type MetricsFormat, metricsFormatOf } from '../../domain/metrics/metrics-format.ts';
import { oversizeOfJson } from '../../domain/text/json-size.ts';
import { oversizeOfConfiguration } from '../../domain/text/text-size.ts';
import { InvalidInput } from '../../errors.ts';
import type { Upload } from '../../operations/upload.ts';
import type { BodyStream } from './body-stream.ts';
import { isModel } from './content-type.ts';
import { parseJson } from './upload.ts';

/** Limits of a model. A real one has about ten levels, for a certificate in a pool in a policy in a listener. */
const MODEL_LIMITS = { values: 500_000, levels: 40, names: 1000 };

/** The forms of a configuration: the stored text, or the model from which it was rendered. */
export type ConfigForm = 'text' | 'model';

/** A client, as the record of an upgrade names it. */
export interface ClientName {
  readonly subject: string;
  readonly serial: string;
}

/** The parts of a request that do not come from its head. */
export interface Received {
  readonly body: Buffer | BodyStream;
  readonly client: ClientName | undefined;
}

/** A request, completely received but for a streamed body, as the handlers of routes see it. */
export interface ApiRequest {
  readonly version: ApiVersion;
  /** whether the request must change nothing and only report what it would do */
  readonly isDryRun: boolean;
  /** the forms of a configuration that the client accepts, the preferred one first; only text if it names none */
  readonly accepted: readonly ConfigForm[];
  /** whether the client is a browser: its Accept header names HTML */
  readonly wantsPage: boolean;
  /** the format of metrics that the client prefers */
  readonly metricsFormat: MetricsFormat;
  /** Returns a parameter of the path, decoded; '' if the path has no parameter of that name. */
  parameter(name: string): string;
  /** Returns a parameter of the query; undefined if it is missing. @throws InvalidInput if it occurs twice */
  query(name: string): string | undefined;
  /** the connection of the client; undefined for a command on the amphora, which comes over a Unix socket */
  readonly connection: ClientConnection | undefined;
  /** subject and serial number of the client's certificate; both are `''` without one (development only) */
  readonly client: ClientName;
  /** empty for a route that reads the body while it arrives */
  readonly body: Buffer;
  /** the body of a route that reads it while it arrives; undefined for others */
  readonly stream: BodyStream | undefined;
  /** Returns the body as a configuration. @throws InvalidInput if it has too many or too long lines */
  configuration(): Buffer;
  /** Returns the parsed body; undefined if the body isn't JSON. */
  json(): unknown;
  /** Returns the body as a text, or as a model if its content type is JSON. @throws InvalidInput if that JSON is invalid */
  upload(): Upload;
}

/** Creates the request for a handler. @param route `hasDryRun`: whether the route has a dry run @throws InvalidInput */
export function apiRequest(
  request: Request,
  version: ApiVersion,
  { hasDryRun }: { readonly hasDryRun: boolean },
  { body: received, client }: Received,
): ApiRequest {
  const body = Buffer.isBuffer(received) ? received : NO_BODY;
  return {
    version,
    isDryRun: requestsDryRun(request, hasDryRun),
    accepted: acceptedForms(request),
    wantsPage: request.headers.accept?.includes('text/html') === true,
    metricsFormat: metricsFormatOf(request.accepts([...METRICS_TYPES])),
    parameter(name) {
      const value = request.params[name];
      return typeof value === 'string' ? value : '';
    },
    query: (name) => queryParameter(request, name),
    connection: connectionOf(request),
    client: { subject: client?.subject ?? '', serial: client?.serial ?? '' },
    body,
    stream: Buffer.isBuffer(received) ? undefined : received,
    configuration: () => requireReadable(body),
    json: () => parseJson(body),
    upload: () => asUpload(request, body),
  };
}

const NO_BODY = Buffer.alloc(0);

function queryParameter({ query }: Request, name: string): string | undefined {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new InvalidInput('request', `${name}: must occur once`);
}

function connectionOf({ socket }: Request): ClientConnection | undefined {
  const { remoteAddress: address, remotePort: port, localPort } = socket;
  if (address === undefined || port === undefined || localPort === undefined) return undefined;
  return { address, port, localPort };
}

/** Returns the accepted forms. A client that accepts neither form gets the text, as from Octavia's agent. */
function acceptedForms(request: Request): ConfigForm[] {
  if (request.accepts(['text/plain', 'application/json']) !== 'application/json') return ['text'];
  return request.accepts('text/plain') ? ['model', 'text'] : ['model'];
}

/**
 * Returns whether a request is a dry run. Refuses a misspelt value and a route without a dry run, so that a client that
 * wants a dry run never changes anything. Ignores the parameter for reads, which change nothing.
 */
function requestsDryRun({ method, query }: Request, hasDryRun: boolean): boolean {
  const value = query['dry_run'];
  if (value === undefined || value === 'false') return false;
  if (method === 'GET' || method === 'HEAD') return false;
  if (value !== 'true') throw new InvalidInput('request', 'dry_run: must be true or false');
  if (!hasDryRun) throw new InvalidInput('request', 'dry_run: this request has no dry run');
  return true;
}

const asUpload = (request: Request, body: Buffer): Upload =>
  isModel(request) ? { body, model: parseModel(body) } : { body: requireReadable(body) };

function requireReadable(configuration: Buffer): Buffer {
  const oversize = oversizeOfConfiguration(configuration);
  if (oversize !== undefined) throw new InvalidInput('request', `body: ${oversize}`);
  return configuration;
}

function parseModel(body: Buffer): unknown {
  const oversize = oversizeOfJson(body, MODEL_LIMITS);
  if (oversize !== undefined) throw new InvalidInput('request', `body: ${oversize}`);
  const model = parseJson(body);
  if (model === undefined) throw new InvalidInput('request', 'body: not JSON');
  return model;
}
