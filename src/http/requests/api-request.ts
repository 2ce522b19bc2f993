import type { Request } from 'express';
import type { ApiVersion } from '../../domain/api-version.ts';
import { oversizeOfJson } from '../../domain/text/json-size.ts';
import { oversizeOfConfiguration } from '../../domain/text/text-size.ts';
import { InvalidInput } from '../../errors.ts';
import type { Upload } from '../../operations/upload.ts';
import { isModel } from './content-type.ts';
import { parseJson } from './upload.ts';

/** A model needs about ten levels: a certificate of the pool of a policy of a listener. 10 000 members have 200 000 values. */
const MODEL_LIMITS = { values: 500_000, levels: 40, names: 1000 };

/** A configuration as it is stored, or what it was rendered from. */
export type ConfigForm = 'text' | 'model';

/** What a handler gets of a request, which has arrived as a whole. */
export interface ApiRequest {
  readonly version: ApiVersion;
  /** whether only to tell what would be done */
  readonly isDryRun: boolean;
  /** the forms of a configuration that the client takes, its favourite first; the text where it doesn't say */
  readonly accepted: readonly ConfigForm[];
  /** parameter of the path, decoded; '' where the path has none of that name */
  parameter(name: string): string;
  readonly body: Buffer;
  /** The body as a configuration. @throws InvalidInput where it has too many lines, or too long ones */
  configuration(): Buffer;
  /** undefined where the body isn't JSON */
  json(): unknown;
  /** A text, or a model where it says that it is JSON. @throws InvalidInput where it says so and isn't */
  upload(): Upload;
}

/** @param route `hasDryRun`: whether it can only tell what it would do @throws InvalidInput */
export function apiRequest(
  request: Request,
  version: ApiVersion,
  { hasDryRun }: { readonly hasDryRun: boolean },
  body: Buffer,
): ApiRequest {
  return {
    version,
    isDryRun: asksForDryRun(request, hasDryRun),
    accepted: acceptedForms(request),
    parameter(name) {
      const value = request.params[name];
      return typeof value === 'string' ? value : '';
    },
    body,
    configuration: () => requireReadable(body),
    json: () => parseJson(body),
    upload: () => asUpload(request, body),
  };
}

/** What takes neither gets the text, as every client did that never heard of models. */
function acceptedForms(request: Request): ConfigForm[] {
  if (request.accepts(['text/plain', 'application/json']) !== 'application/json') return ['text'];
  return request.accepts('text/plain') ? ['model', 'text'] : ['model'];
}

/**
 * What asks for a dry run never changes anything: neither a misspelt value nor a route that has none. Reading is no
 * change, and other query strings don't count (contract section 2).
 */
function asksForDryRun({ method, query }: Request, hasDryRun: boolean): boolean {
  const value = query['dry_run'];
  if (value === undefined || value === 'false') return false;
  if (method === 'GET' || method === 'HEAD') return false;
  if (value !== 'true') throw new InvalidInput('request', 'dry_run: neither true nor false');
  if (!hasDryRun) throw new InvalidInput('request', 'dry_run: this request has none');
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
