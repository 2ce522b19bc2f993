import type { LoadBalancerId } from '../domain/ids.ts';
import { AgentUnreachable } from '../host/agent/agent-errors.ts';
import { createAuditLog } from '../host/audit-log.ts';
import { errorReply } from '../http/replies/error-replies.ts';
import { LOCAL_CLIENT } from '../http/server/clients.ts';
import type { OperationContext } from '../operations/context.ts';
import { type RolledBack, rollBackTo } from '../operations/haproxy/rollback.ts';
import { createReloadCounter } from '../operations/run-time/reload-counts.ts';
import { createCommandLog } from './agent-log.ts';
import { createAgentClient } from './ctl/agent-client.ts';

/** One rollback by hand. */
export interface WantedRollback {
  readonly id: LoadBalancerId;
  /** number or md5 in the history; undefined: the newest configuration that isn't stored */
  readonly wanted: string | undefined;
}

type RollbackContext = Pick<OperationContext, 'config' | 'paths' | 'host' | 'logger' | 'queue'>;
type Restored = Pick<RolledBack, 'md5' | 'runs'>;

const OK = 200;
const AUDIT_MS = 5_000;
const SYSLOG_MS = 2_000;

/** @returns undefined if no agent runs @throws AgentUnreachable if an agent runs and doesn't answer, AgentRefused */
export async function rollBackThroughAgent(
  { paths }: RollbackContext,
  { id, wanted }: WantedRollback,
): Promise<Restored | undefined> {
  const client = createAgentClient({ kind: 'local', socket: paths.local.socket });
  try {
    return (await client.rollback(id, wanted)).known;
  } catch (error) {
    if (error instanceof AgentUnreachable && error.isAbsent) return undefined;
    throw error;
  } finally {
    client.close();
  }
}

/** Rolls back while no agent runs. Its audit log and syslog get the line that a running agent writes for such a request. */
export async function rollBackWithoutAgent(
  context: RollbackContext,
  { id, wanted }: WantedRollback,
): Promise<Restored> {
  const [time, began] = [new Date().toISOString(), performance.now()];
  const log = createCommandLog(context.config());
  const audit = createAuditLog(context.paths.audit, log.logger);
  const addLine = async (status: number, change?: RolledBack['change']): Promise<void> => {
    audit.add({
      ...{ time, client: { authority: 'controller', ...LOCAL_CLIENT }, status },
      ...{ method: 'POST', path: `/loadbalancer/${id}/rollback` },
      ...(change === undefined ? {} : { change }),
      milliseconds: Math.round(performance.now() - began),
    });
    await audit.flushed(AUDIT_MS);
    await log.close(SYSLOG_MS);
  };
  try {
    // no agent runs that could show the count
    const reloads = createReloadCounter();
    const restored = await rollBackTo({ ...context, reloads }, id, { wanted });
    await addLine(OK, restored.change);
    return restored;
  } catch (error) {
    await addLine(errorReply(error, '1.0').status);
    throw error;
  }
}
