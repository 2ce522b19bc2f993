import { vi } from 'vitest';
import { SocketSilent } from '../../../src/errors.ts';
import type { HaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';

/** Calls a function while haproxy does not answer questions about its certificates. */
export async function withoutCertificates<Result>(
  haproxy: HaproxySockets,
  use: () => Promise<Result>,
): Promise<Result> {
  const ask = haproxy.ask.bind(haproxy);
  const silent = vi.spyOn(haproxy, 'ask').mockImplementation(async (socket, text, ms) => {
    if (text.includes('show ssl')) throw new SocketSilent(socket, 'timeout', false);
    return ask(socket, text, ms);
  });
  const result = await use();
  silent.mockRestore();
  return result;
}
