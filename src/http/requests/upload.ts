import type { IncomingMessage } from 'node:http';

/** The body is larger than its route allows. */
export class BodyTooLarge extends Error {
  readonly status = 413;
}

/** The client closed the connection before the end of its request. No answer is possible, and nothing may be changed. */
export class BodyCutOff extends Error {}

/**
 * Returns the bytes that a body can have: its Content-Length, or the limit if it is chunked.
 * @param limit bytes
 * @throws BodyTooLarge if the Content-Length is above the limit
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
 * @param see gets each part of the body as it arrives
 * @throws BodyTooLarge if the body is longer than the limit, BodyCutOff if the connection ends before the body
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  see?: (part: Buffer) => void,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      see?.(chunk);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BodyTooLarge) throw error;
    throw new BodyCutOff('the request ended before its body did', { cause: error });
  }
  if (!request.complete) throw new BodyCutOff('the request ended before its body did');
  return Buffer.concat(chunks, size);
}

/** Parses a body, without regard to its Content-Type. @returns undefined if the body isn't JSON in UTF-8 */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const tooLarge = (limit: number): BodyTooLarge => new BodyTooLarge(`the body is larger than ${limit} bytes`);
