/**
 * A process in place of a haproxy's statistics socket: `node varied-server.ts DIRECTORY NAME REAL`. Listens at NAME in the
 * directory and passes each question on to the socket REAL there. Its answers about members alone are made once from a real
 * one, as if each member had a health check and other numbers than all others. Ends with its parent.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { MEMBERS_COMMAND } from '../../../src/domain/haproxy/member-statistics.ts';
import { variedAnswer } from './varied-answer.ts';

const [directory = '', name = '', real = ''] = process.argv.slice(2);
// a path longer than 107 bytes is no address of a socket
process.chdir(directory);
process.once('disconnect', () => process.exit());

async function ask(command: string): Promise<Buffer> {
  const socket = connect(real);
  socket.end(`${command}\n`);
  return buffer(socket);
}

const varied = Buffer.from(variedAnswer((await ask(MEMBERS_COMMAND)).toString()));

async function serve(socket: Socket): Promise<void> {
  const command = (await buffer(socket)).toString().trimEnd();
  socket.end(command === MEMBERS_COMMAND ? varied : await ask(command));
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  serve(socket).catch(() => socket.destroy());
});
server.listen(name);
await once(server, 'listening');
process.send?.('listening');
