import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { StreamedBody } from './replies.ts';

/**
 * Sends a body that is made while it is sent, in chunks. Closes the connection when the body fails or when the client
 * receives it too slowly, so that the client sees that the body is incomplete.
 */
export async function sendStreamed(
  response: ServerResponse,
  status: number,
  body: StreamedBody,
): Promise<void> {
  if (response.destroyed) return body.discard();
  response.writeHead(status, {
    'Content-Type': body.contentType,
    ...(body.fileName === undefined
      ? {}
      : { 'Content-Disposition': `attachment; filename="${body.fileName}"` }),
    'Cache-Control': 'no-store',
  });
  if (response.req.method === 'HEAD') {
    body.discard();
    response.end();
    return;
  }
  // a client that waits for the first bytes of a compressed body learns its status at once
  response.flushHeaders();
  const limit = setTimeout(() => response.destroy(), body.longestMs);
  try {
    await pipeline(await body.open(), response);
  } catch {
    // the log has the request as cut off
    response.destroy();
  } finally {
    clearTimeout(limit);
  }
}
