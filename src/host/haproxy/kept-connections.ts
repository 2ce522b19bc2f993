import { type HaproxySockets, READ_BYTES, silence } from './haproxy-socket.ts';
import { type InteractiveConnection, openInteractive } from './interactive-connection.ts';

/**
 * Questions to stats sockets over connections that stay open. A new connection for each question would take a third of a
 * heartbeat's CPU.
 */
export interface KeptConnections {
  /**
   * Returns what HaproxySockets.ask() returns for `first;command`. It sends `first` only when it makes a connection: a connection
   * leads to one worker, whose answer to it does not change.
   * @param deadlineMs as in InteractiveConnection.ask()
   * @throws SocketSilent as HaproxySockets.ask() does
   */
  ask(socketPath: string, first: string, command: string, deadlineMs: number): Promise<string>;
  /** Closes the connection to a socket. After a reload, an old worker runs until its last connection ends. */
  leave(socketPath: string): void;
  /** Makes the questions fail that have no deadline of their own. */
  giveUp(): void;
  /** Closes all connections except those to these sockets. */
  keepOnly(socketPaths: readonly string[]): void;
}

/**
 * A socket has one question at a time: the next one ends an earlier one.
 * @param sockets for a haproxy that answers, but shows no prompt
 * @param idleMs returns how long a connection stays open without a question, in ms; read when a connection begins
 */
export function createKeptConnections(sockets: HaproxySockets, idleMs: () => number): KeptConnections {
  const connections = new Map<string, InteractiveConnection>();
  const withoutPrompt = new Set<string>();
  let buffer: Buffer | undefined;

  const leave = (socketPath: string): void => {
    connections.get(socketPath)?.close();
    connections.delete(socketPath);
  };
  const begin = (socketPath: string, first: string): InteractiveConnection => {
    leave(socketPath);
    buffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
    const begun = openInteractive({
      ...{ socketPath, first, idleMs: idleMs(), buffer },
      onClose: () => {
        if (connections.get(socketPath) === begun) connections.delete(socketPath);
      },
      onMissingPrompt: () => void withoutPrompt.add(socketPath),
    });
    connections.set(socketPath, begun);
    return begun;
  };
  return {
    async ask(socketPath, first, command, deadlineMs) {
      if (withoutPrompt.has(socketPath)) return sockets.ask(socketPath, `${first};${command}`, deadlineMs);
      const kept = connections.get(socketPath);
      const answer = kept?.isIdle() ? await kept.ask(command, deadlineMs) : undefined;
      if (answer !== undefined) return answer;
      const begun = await begin(socketPath, first).ask(command, deadlineMs);
      if (begun === undefined) throw silence(socketPath, command, 'closed without an answer');
      return begun;
    },
    leave,
    giveUp() {
      for (const connection of connections.values()) connection.giveUp();
    },
    keepOnly(socketPaths) {
      for (const socketPath of connections.keys()) if (!socketPaths.includes(socketPath)) leave(socketPath);
      for (const socketPath of withoutPrompt)
        if (!socketPaths.includes(socketPath)) withoutPrompt.delete(socketPath);
    },
  };
}
