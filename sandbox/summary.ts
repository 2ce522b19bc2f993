import Table from 'cli-table3';
import type { Heartbeat } from './controller/health-manager.ts';

/** One request of the client through the VIP. */
export interface ClientRequest {
  readonly url: string;
  /** HTTP status; 0 if there was no answer */
  readonly status: number;
  /** name of the member that answered */
  readonly member: string;
}

/** Returns a table of the requests through the VIP, with the member that answered each. */
export function requestsTable(requests: readonly ClientRequest[]): string {
  const rows = requests.map(({ url, status, member }, index) => [index + 1, url, status, member]);
  return table(['#', 'request of the client', 'status', 'answered by'], rows);
}

/** Returns a table of the heartbeats with a valid signature, the newest last. */
export function heartbeatsTable(heartbeats: readonly Heartbeat[]): string {
  const rows = heartbeats.map(({ from, message }) => [
    message.seq,
    from,
    'valid',
    Object.values(message.listeners)
      .map(({ status, stats }) => `${status}, ${stats?.['totconns'] ?? 0} new connections`)
      .join('\n'),
    Object.values(message.pools ?? {})
      .map(({ status, members }) => `${status}: ${Object.values(members).join(', ')}`)
      .join('\n'),
  ]);
  return table(['seq', 'from', 'signature', 'listener', 'pool: members'], rows);
}

function table(head: string[], rows: readonly (string | number)[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows);
  return drawn.toString();
}
