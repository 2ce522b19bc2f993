import { InvalidInput } from '../errors.ts';

/** The body of a request: a configuration to store, or a model to render (docs/contract.md, section 11). */
export interface Upload {
  /** the bytes as received; their md5 is the ETag of the answer */
  readonly body: Buffer;
  /** the parsed JSON; absent for a text */
  readonly model?: unknown;
}

/**
 * @param field the field of the model that holds `id`
 * @param inPath the id in the request's path
 * @throws InvalidInput when the ids differ
 */
export function requireSameId(field: string, id: string, inPath: string): void {
  if (id.toLowerCase() === inPath.toLowerCase()) return;
  throw new InvalidInput('request', `${field}: does not match ${inPath} in the request's path`);
}
