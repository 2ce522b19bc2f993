import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The arrivals of an amphora's heartbeats. */
export interface BeatPauses {
  /** Returns the longest time without a heartbeat since the last call: milliseconds. */
  longestMs(): number;
}

/** Receives the heartbeats as a health manager does. @param port UDP, on 127.0.0.1 */
export async function recordBeats(port: number): Promise<BeatPauses> {
  const socket = createSocket('udp4');
  let last = performance.now();
  let longest = 0;
  socket.on('message', () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return {
    longestMs() {
      const found = Math.max(longest, performance.now() - last);
      longest = 0;
      return Math.round(found);
    },
  };
}
