import type { IncomingMessage } from 'node:http';

/** A body that is larger than its route takes. */
export class BodyTooLarge extends Error {
  readonly status = 413;
}

/** The client went away in the middle of its request: there is nobody to answer, and nothing may be changed. */
export class BodyCutOff extends Error {}

/**
 * What a body may take of the memory: its Content-Length, and the limit where it doesn't say.
 * @param limit bytes
 * @throws BodyTooLarge past the limit
 */
export function bodyBytes({ headers }: IncomingMessage, limit: number): number {
  if (headers['transfer-encoding'] !== undefined) return limit;
  const bytes = Number(headers['content-length'] ?? 0);
  if (bytes > limit) throw tooLarge(limit);
  return bytes;
}

/**
 * Reads a whole body, sent with Content-Length or chunked.
 * @param limit bytes
 * @throws BodyTooLarge past the limit, BodyCutOff where the connection ends before the body does
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
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

/** @returns undefined where it isn't JSON in UTF-8, whatever its Content-Type says */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const tooLarge = (limit: number): BodyTooLarge => new BodyTooLarge(`the body is larger than ${limit} bytes`);
