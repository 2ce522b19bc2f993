/**
 * A process that plays all members of a pool. Arguments: address, first port, number of ports. It answers requests at once, a
 * request for a websocket with 101 and then nothing, and /download with 30 seconds of data. Sends `ready`; ends when its channel is
 * closed.
 */
import { createServer, type ServerResponse } from 'node:http';
import { DOWNLOAD_BYTES, DOWNLOAD_PATH, DOWNLOAD_PIECES } from './client/downloads.ts';

const PIECE_MS = 100;
const NO_LIMIT = 0;
const UPGRADED = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  // the answer to the key of RFC 6455, section 1.3, which haproxy checks
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  '\r\n',
].join('\r\n');

const [address = '', firstPort = '', count = ''] = process.argv.slice(2);

/** Sends the pieces one after the other, as a slow download. */
function sendSlowly(response: ServerResponse): void {
  const piece = Buffer.alloc(DOWNLOAD_BYTES / DOWNLOAD_PIECES, 'x');
  let left = DOWNLOAD_PIECES;
  response.writeHead(200, { 'content-length': DOWNLOAD_BYTES });
  const timer = setInterval(() => {
    response.write(piece);
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    response.end();
  }, PIECE_MS);
  response.once('close', () => clearInterval(timer));
}

async function serve(port: number): Promise<void> {
  const server = createServer({ keepAliveTimeout: NO_LIMIT }, (request, response) => {
    if (request.url === DOWNLOAD_PATH) sendSlowly(response);
    else response.end('ok\n');
  });
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => socket.destroy());
    // a connection of which only one half is closed would keep haproxy's old worker
    socket.on('end', () => socket.end());
    socket.resume();
    socket.write(UPGRADED);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
}

for (let index = 0; index < Number(count); index += 1) await serve(Number(firstPort) + index);
process.send?.('ready');
process.on('disconnect', () => process.exit());
