import { InvalidInput } from '../errors.ts';

/** What a client sent: a text that is stored as it is, or a model from which the text is rendered (contract section 11). */
export interface Upload {
  /** as received; its md5 is the ETag of the answer */
  readonly body: Buffer;
  /** the body as JSON; absent for a text */
  readonly model?: unknown;
}

/** @param field of the model, which has `id` @param inPath of the request @throws InvalidInput where they aren't the same */
export function requireSameId(field: string, id: string, inPath: string): void {
  if (id.toLowerCase() === inPath.toLowerCase()) return;
  throw new InvalidInput('request', `${field}: not ${inPath}, as in the request's path`);
}
