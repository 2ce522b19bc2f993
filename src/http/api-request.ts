import type { Request } from 'express';
import type { ApiVersion } from '../domain/api-version.ts';
import { isDeeperThan } from '../domain/json-shapes.ts';
import { InvalidInput } from '../errors.ts';
import type { Upload } from '../operations/upload.ts';
import { MalformedBody, parseJson, readBody, readJson } from './upload.ts';

/** Largest bodies taken, in bytes: a configuration of 10 000 members has about 2 MiB. */
const UPLOAD_LIMIT = 32 * 1024 * 1024;
const JSON_LIMIT = 1024 * 1024;
/** A model needs about ten: a certificate of the pool of a policy of a listener. */
const MODEL_LEVELS = 40;

/** A configuration as it is stored, or what it was rendered from. */
export type ConfigForm = 'text' | 'model';

/** What a handler gets of a request; bodies are read only when asked for. */
export interface ApiRequest {
  readonly version: ApiVersion;
  /** whether only to tell what would be done */
  readonly isDryRun: boolean;
  /** the forms of a configuration that the client takes, its favourite first; the text where it doesn't say */
  readonly accepted: readonly ConfigForm[];
  /** parameter of the path, decoded; '' where the path has none of that name */
  parameter(name: string): string;
  body(): Promise<Buffer>;
  /** undefined where the body isn't JSON */
  json(): Promise<unknown>;
  /** A text, or a model where it says that it is JSON. @throws InvalidInput where it says so and isn't */
  upload(): Promise<Upload>;
}

/** @param route `hasDryRun`: whether it can only tell what it would do @throws InvalidInput */
export function apiRequest(
  request: Request,
  version: ApiVersion,
  { hasDryRun }: { readonly hasDryRun: boolean },
): ApiRequest {
  return {
    version,
    isDryRun: asksForDryRun(request, hasDryRun),
    accepted: acceptedForms(request),
    parameter(name) {
      const value = request.params[name];
      return typeof value === 'string' ? value : '';
    },
    body: () => readBody(request, UPLOAD_LIMIT),
    async json() {
      try {
        return await readJson(request, JSON_LIMIT);
      } catch (error) {
        if (error instanceof MalformedBody) return undefined;
        throw error;
      }
    },
    upload: () => readUpload(request),
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

/** Controllers send texts without a content type, or with that of curl; whatever isn't JSON is one. */
async function readUpload(request: Request): Promise<Upload> {
  const isModel = request.is('application/json') === 'application/json';
  const body = await readBody(request, UPLOAD_LIMIT);
  return isModel ? { body, model: parseModel(body) } : { body };
}

function parseModel(body: Buffer): unknown {
  const model = parseModelText(body);
  if (isDeeperThan(model, MODEL_LEVELS)) throw new InvalidInput('request', 'body: nested too deeply');
  return model;
}

function parseModelText(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    // the parser's own words would quote the text, which may hold a private key
    throw new InvalidInput('request', 'body: not JSON');
  }
}
