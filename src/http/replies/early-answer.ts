import type { IncomingMessage, ServerResponse } from 'node:http';

/** The time in which a client notices the answer while it sends. */
const LONGEST_MS = 2_000;

/**
 * Sends the end of an answer to a request whose body is not wanted. Reads and drops the body until its end, 2 s at most, and ends the
 * answer then. A connection that closes with unread bytes is reset, and a reset takes the answer away from a client that still sends
 * (RFC 9112, section 9.6).
 * @param response has its head with the length of the content
 */
export function endAfterRequest(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  longestMs = LONGEST_MS,
): void {
  response.write(content);
  const end = (): void => {
    clearTimeout(limit);
    response.end();
  };
  const limit = setTimeout(end, longestMs);
  request.once('end', end);
  response.once('close', () => clearTimeout(limit));
  request.resume();
}
