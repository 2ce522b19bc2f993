import type { Request } from 'express';
import type { RecentEvents } from '../../domain/recent-events.ts';
import { Forbidden, InvalidInput } from '../../errors.ts';
import type { Reply } from '../replies/replies.ts';
import type { Clients } from '../server/clients.ts';
import { CHANGING_METHODS } from './changing-methods.ts';

/**
 * Keeps a request that should have changed something and failed, for the status. Reads, dry runs and clients without the
 * right to a change are left out.
 */
export function keepFailedChange(
  { failedChanges }: Pick<RecentEvents, 'failedChanges'>,
  clients: Clients,
  failure: { readonly request: Request; readonly error: unknown; readonly reply: Reply },
): void {
  const { request, error, reply } = failure;
  const { method, path, socket } = request;
  if (!CHANGING_METHODS.has(method) || request.query['dry_run'] === 'true' || error instanceof Forbidden)
    return;
  failedChanges.add({
    ...{ at: Date.now(), method, path, status: reply.status },
    client: clients.certificateOf(socket)?.subject,
    // some answers to bad input give no reason, because Octavia's agent gives none
    reason: error instanceof InvalidInput ? error.message : reasonIn(reply.body),
  });
}

/** Returns the parts of an answer that say why a request failed. */
function reasonIn(body: Reply['body']): string {
  const parts = new Map(Object.entries(body));
  return ['message', 'error', 'details']
    .map((name) => parts.get(name))
    .filter((part) => typeof part === 'string')
    .join(': ');
}
