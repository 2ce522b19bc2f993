import { type HaproxyId, listenerId, loadBalancerId } from '../../domain/ids.ts';
import { InvalidInput, type ServiceAction } from '../../errors.ts';
import type { ActionDone } from '../../operations/haproxy/actions.ts';
import type { LvsActionDone } from '../../operations/keepalived/lvs-listeners.ts';
import type { StoredModel } from '../../operations/stored-models.ts';
import { noModel, type Reply } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';

const ACTIONS: Readonly<Record<string, ServiceAction>> = { start: 'start', stop: 'stop', reload: 'reload' };
/** The names of actions in answers, spelt as Octavia's agent spells them. */
export const DONE_TEXTS: Record<ActionDone | LvsActionDone, string> = {
  started: 'started',
  stopped: 'stoped',
  reloaded: 'reloaded',
  restarted: 'restarted',
};

/** Returns the action that a path names, in upper or lower case. @throws InvalidInput for an unknown action */
export function action(request: ApiRequest): ServiceAction {
  const name = request.parameter('action').toLowerCase();
  const known = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (known === undefined) throw new InvalidInput('action', `Unknown action: ${name}`);
  return known;
}

/** Returns the id whose haproxy a path names: one haproxy serves a load balancer in API 1.0, a listener in 0.5. */
export function haproxyOwner(request: ApiRequest): HaproxyId {
  const id = request.parameter('id');
  return request.version === '1.0' ? loadBalancerId(id) : listenerId(id);
}

/** Returns a configuration in the first form that the client accepts and that exists. */
export async function configReply(
  { accepted }: ApiRequest,
  text: Reply,
  readModel: () => Promise<StoredModel | undefined>,
): Promise<Reply> {
  const stored = accepted[0] === 'model' ? await readModel() : undefined;
  if (stored !== undefined) return { status: 200, body: stored.model, etag: stored.etag };
  return accepted.includes('text') ? text : noModel;
}
