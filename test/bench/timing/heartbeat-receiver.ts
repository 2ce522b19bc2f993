/**
 * A process that does nothing but receive heartbeats, so that nobody else's work delays the moment it notes.
 * Arguments: address to listen at, key. Messages: first its port, then an arrival for each heartbeat that is signed.
 */
import { createSocket } from 'node:dgram';
import { openHeartbeat } from '../../../sandbox/controller/health-manager.ts';
import { now } from './clock.ts';

const [address = '', key = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.on('message', (datagram) => {
  const at = now();
  const { seq, listeners } = openHeartbeat(datagram, key);
  process.send?.({ at, sequence: seq, listeners: Object.keys(listeners).length });
});
socket.bind(0, address, () => process.send?.({ port: socket.address().port }));
process.on('disconnect', () => process.exit());
