import { createServer } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * A member that echoes websockets, or a client with one websocket. Both run in the namespace of the amphora.
 * Arguments: `member PORT`, or `client PORT`. The client prints `works` or `ended` for each line of its standard input.
 */

const [role = '', port = ''] = process.argv.slice(2);
const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: websocket',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
  '\r\n',
].join('\r\n');
/** RFC 6455, section 1.3: the answer to the key above */
const ACCEPTED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AWgMqNWYGUmFJNaWbFxQTJhBvnI=\r\n\r\n';

function serve(): void {
  const server = createServer((_request, response) => response.end('member'));
  server.on('upgrade', (_request, socket) => {
    socket.write(ACCEPTED);
    socket.pipe(socket);
    socket.on('error', () => undefined);
  });
  server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listens\n'));
}

function talk(): void {
  const socket = connect(Number(port), '127.0.0.1', () => socket.write(HANDSHAKE));
  let hasEnded = false;
  let waiting: (() => void) | undefined;
  const answer = (): void => {
    process.stdout.write(hasEnded ? 'ended\n' : 'works\n');
    waiting = undefined;
  };
  socket.on('error', () => undefined);
  socket.on('close', () => {
    hasEnded = true;
    waiting?.();
  });
  socket.on('data', (part) => {
    if (part.toString().startsWith('HTTP/1.1 101')) process.stdout.write('open\n');
    else waiting?.();
  });
  createInterface({ input: process.stdin }).on('line', () => {
    waiting = answer;
    if (hasEnded) answer();
    else socket.write('still there?');
  });
}

if (role === 'member') serve();
else talk();
