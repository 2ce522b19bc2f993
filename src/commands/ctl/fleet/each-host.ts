import type { FleetHost } from '../../../domain/fleet/fleet-host.ts';
import type { AgentClient } from '../agent-client.ts';
import { type ExitCode, failureOf } from '../outcome.ts';
import type { Fleet } from './fleet.ts';

/** What one amphora of a fleet answered, or why it did not. */
export type HostResult<Value> =
  | { readonly host: FleetHost; readonly value: Value }
  | { readonly host: FleetHost; readonly failure: HostFailure };

export interface HostFailure {
  readonly exitCode: ExitCode;
  /** without the address */
  readonly reason: string;
}

/** The reason for hosts whose turn had not come when the command was ended. */
const ENDED: HostFailure = { exitCode: 1, reason: 'the command was ended before' };

export interface EachHost<Value> {
  /** ends the connections, and begins no more */
  readonly signal: AbortSignal;
  /** called after each host */
  readonly onDone?: (result: HostResult<Value>) => void;
}

/**
 * Does the same work at several hosts, at `fleet.parallel` of them at the same time.
 * @param work must not need the client after its end @returns a result for each host, in their order
 */
export async function eachHost<Host extends FleetHost, Value>(
  { connect, parallel }: Fleet,
  hosts: readonly Host[],
  work: (client: AgentClient, host: Host) => Promise<Value>,
  { signal, onDone = () => undefined }: EachHost<Value>,
): Promise<HostResult<Value>[]> {
  const results: HostResult<Value>[] = hosts.map((host) => ({ host, failure: ENDED }));
  const waiting = hosts.entries();
  const worker = async (): Promise<void> => {
    for (const [index, host] of waiting) {
      if (signal.aborted) return;
      const result = await atHost(connect(host), host, work, signal);
      results[index] = result;
      onDone(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, hosts.length) }, worker));
  return results;
}

async function atHost<Host extends FleetHost, Value>(
  client: AgentClient,
  host: Host,
  work: (client: AgentClient, host: Host) => Promise<Value>,
  signal: AbortSignal,
): Promise<HostResult<Value>> {
  signal.addEventListener('abort', client.close);
  try {
    return { host, value: await work(client, host) };
  } catch (error) {
    return { host, failure: signal.aborted ? ENDED : hostFailure(client, error) };
  } finally {
    signal.removeEventListener('abort', client.close);
    client.close();
  }
}

/** Returns the failure of a request. @throws the error itself if it is a defect of this program */
export function hostFailure({ name }: AgentClient, error: unknown): HostFailure {
  const { exitCode, message } = failureOf(error);
  const reason = message.replace(/^Error: /, '').trimEnd();
  return { exitCode, reason: reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason };
}
