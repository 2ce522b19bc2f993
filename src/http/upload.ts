import type { IncomingMessage } from 'node:http';

/** A body that is larger than its route takes. */
export class BodyTooLarge extends Error {
  readonly status = 413;
}

/** A body that isn't what its route takes. */
export class MalformedBody extends Error {
  readonly status = 400;
}

/** The client went away in the middle of its request: there is nobody to answer, and nothing may be changed. */
export class BodyCutOff extends Error {}

/**
 * Reads a whole body, sent with Content-Length or chunked.
 * @param limit bytes
 * @throws BodyTooLarge past the limit, BodyCutOff where the connection ends before the body does
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BodyTooLarge) throw error;
    throw new BodyCutOff('the request ended before its body did', { cause: error });
  }
  if (!request.complete) throw new BodyCutOff('the request ended before its body did');
  return Buffer.concat(chunks, size);
}

/** Reads a JSON body, whatever its Content-Type says. @throws MalformedBody where it isn't JSON in UTF-8 */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  return parseJson(await readBody(request, limit));
}

/** @throws MalformedBody where it isn't JSON in UTF-8 */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new MalformedBody(error instanceof Error ? error.message : 'not JSON', { cause: error });
  }
}

const tooLarge = (limit: number): BodyTooLarge => new BodyTooLarge(`the body is larger than ${limit} bytes`);
