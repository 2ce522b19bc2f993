import { connect, createServer } from 'node:net';
import type { ApiAddressState } from '../domain/self-test/api-address.ts';
import { SocketSilent } from '../errors.ts';
import { askLocalAgent } from './local-agent.ts';

const ANSWER_MS = 3_000;

/** Where the agent listens. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  /** path of the agent's socket for local commands */
  readonly socket: string;
}

/** Finds out whether the agent accepts connections at its address, or could listen there if it ran. Changes nothing. */
export async function tryApiAddress({ host, port, socket }: ApiAddress): Promise<ApiAddressState> {
  if (await agentRuns(socket)) return (await accepts(host, port)) ? 'accepts' : 'deaf';
  const code = await bindFailure(host, port);
  if (code === undefined) return 'free';
  return code === 'EADDRINUSE' ? 'in use' : { failure: code };
}

async function agentRuns(socket: string): Promise<boolean> {
  try {
    await askLocalAgent(socket, { method: 'GET', target: '/livez' }, ANSWER_MS);
    return true;
  } catch (error) {
    if (error instanceof SocketSilent) return false;
    throw error;
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MS });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** Listens for a moment. @returns the code of the error, undefined when it succeeded */
function bindFailure(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
