import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/**
 * Receives an amphora's heartbeats as a health manager does, while something is done.
 * @param port UDP, on 127.0.0.1
 * @param act must not block the event loop for long
 * @returns what it returns, and the longest time without a heartbeat, in milliseconds
 */
export async function withHeartbeatPause<T>(
  port: number,
  act: () => Promise<T>,
): Promise<{ readonly done: T; readonly pauseMs: number }> {
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
  return { done, pauseMs: Math.round(longest) };
}
