import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** heartbeat_interval of the amphora, in seconds: the agent starts within one, also on a busy machine. Octavia's default is 10. */
export const HEARTBEAT_S = 3;

/**
 * Receives an amphora's heartbeats as a health manager does, while something is done.
 * @param port UDP, on 127.0.0.1
 * @param act must not block the event loop for a whole interval
 * @returns what it returns, and how many heartbeats were left out one after the other, at most
 */
export async function countLeftOut<T>(
  port: number,
  act: () => Promise<T>,
): Promise<{ readonly done: T; readonly leftOut: number }> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  let last = performance.now();
  let longest = 0;
  const endPause = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  socket.on('message', endPause);
  const done = await act();
  endPause();
  socket.close();
  // a start delays a heartbeat, so a pause is no multiple of the interval
  return { done, leftOut: Math.max(0, Math.round(longest / (1000 * HEARTBEAT_S)) - 1) };
}
