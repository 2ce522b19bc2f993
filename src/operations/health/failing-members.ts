import {
  type FailingMember,
  MEMBER_CHECKS_COMMAND,
  readFailingMembers,
} from '../../domain/haproxy/failing-members.ts';
import type { HaproxyHealth } from '../../domain/health/readiness.ts';
import { isHaproxyId } from '../../domain/ids.ts';
import { SocketSilent } from '../../errors.ts';
import { askWithAbsent, recordReader } from '../../host/haproxy/run-time-records.ts';
import type { OperationContext } from '../context.ts';
import { statsSocketFor } from '../stored-configs.ts';

type MembersContext = Pick<OperationContext, 'paths' | 'host'>;

/** The longest time until a haproxy answers. */
const ANSWER_MS = 2_000;

/** Returns the members that haproxy's health checks have taken down, of each haproxy that serves. */
export async function failingMembers(
  context: MembersContext,
  haproxys: readonly HaproxyHealth[],
): Promise<FailingMember[]> {
  const serving = haproxys.filter(({ state }) => state === 'serves');
  return (await Promise.all(serving.map(({ id }) => failingMembersOf(context, id)))).flat();
}

async function failingMembersOf(context: MembersContext, id: string): Promise<FailingMember[]> {
  if (!isHaproxyId(id)) return [];
  const { host, paths } = context;
  const socket = await statsSocketFor(context, id);
  try {
    const { answer, absentOf } = await askWithAbsent(
      recordReader(host.files, paths.loadBalancer(id).runTimeRecord),
      () => host.haproxy.ask(socket, MEMBER_CHECKS_COMMAND, ANSWER_MS),
    );
    return readFailingMembers(answer, absentOf);
  } catch (error) {
    if (error instanceof SocketSilent) return [];
    throw error;
  }
}
