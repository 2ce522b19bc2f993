import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientPart } from './part.ts';

const CONNECTIONS = 4;
const TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/** `closed`: the server closed a kept connection before it answered. Any other text says why the request is lost. */
type Outcome = 'answered' | 'closed' | `lost: ${string}`;

/** Sends one request. @param onSocket gets its connection */
function exchange(host: string, agent: Agent | false, onSocket: (socket: Socket) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    const sent = request({ agent, host, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.once('error', ({ message }) => resolve(`lost: ${message}`));
      response.once('end', () => {
        resolve(response.statusCode === 200 ? 'answered' : `lost: status ${response.statusCode}`);
      });
    });
    sent.once('socket', onSocket);
    sent.once('timeout', () => sent.destroy(new Error('no answer')));
    sent.once('error', (error) => {
      const code = 'code' in error ? `${error.code}` : '';
      resolve(
        sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(code) ? 'closed' : `lost: ${error.message}`,
      );
    });
    sent.end();
  });
}

/**
 * Sends requests at a steady rate on kept connections. A request to whose kept connection the server closed before any answer is
 * sent once more on a new connection, as each client must be ready for (RFC 9112, section 9.3.1). Any other failure is a lost
 * request.
 * @param rate requests a second
 */
export function startRequests(host: string, rate: number): ClientPart {
  const counts = { requests: 0, lost: 0, repeated: 0, keptClosed: 0 };
  const kept = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'fifo' });
  const seen = new WeakSet<Socket>();
  let [isOver, open] = [false, 0];
  const watch = (socket: Socket): void => {
    if (seen.has(socket)) return;
    seen.add(socket);
    socket.once('close', () => {
      if (!isOver) counts.keptClosed += 1;
    });
  };
  const send = async (): Promise<void> => {
    open += 1;
    let outcome = await exchange(host, kept, watch);
    if (outcome === 'closed') {
      counts.repeated += 1;
      outcome = await exchange(host, false, () => undefined);
    }
    counts[outcome === 'answered' ? 'requests' : 'lost'] += 1;
    if (outcome !== 'answered') console.error(outcome);
    open -= 1;
  };
  const timer = setInterval(() => void send(), 1000 / rate);
  return {
    counts: () => counts,
    async finish() {
      clearInterval(timer);
      while (open > 0) await delay(POLL_MS);
      isOver = true;
      kept.destroy();
    },
  };
}
