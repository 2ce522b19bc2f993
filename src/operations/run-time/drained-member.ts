import type { HaproxyId } from '../../domain/ids.ts';
import { type MemberServer, memberServers } from '../../domain/run-time/member-servers.ts';
import { absentServers } from '../../domain/run-time/run-time-record.ts';
import { oldestAge, sessionCommands, sessionsIn } from '../../domain/run-time/server-sessions.ts';
import { toWorker } from '../../domain/run-time/worker-commands.ts';
import { CommandRefused, SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { ANSWER_MS } from '../haproxy/processes.ts';
import { readRunTimeRecord } from './record.ts';
import type { WorkerState } from './worker.ts';
import { sendToWorker } from './worker-answers.ts';

type MemberContext = Pick<OperationContext, 'paths' | 'host'>;

/**
 * Returns the servers of a member in a running worker, without those that no configuration in force names.
 * @returns empty for an unknown member
 * @throws CommandRefused when haproxy shows its servers in an unknown form
 */
export async function serversOf(
  context: MemberContext,
  id: HaproxyId,
  worker: WorkerState,
  member: string,
): Promise<MemberServer[]> {
  const absent = absentServers(await readRunTimeRecord(context, id), worker.pid);
  const servers = memberServers(worker.dump, absent, member);
  if (servers === undefined) throw new CommandRefused('show servers state', worker.dump.slice(0, 200));
  return servers;
}

/**
 * Sends commands that change a worker and answer nothing.
 * @throws CommandRefused for any other answer, SocketSilent without one
 */
export async function changeWorker(
  context: MemberContext,
  id: HaproxyId,
  commands: readonly string[],
): Promise<void> {
  if (commands.length === 0) return;
  const { answers, text } = await sendToWorker(context, id, commands);
  const refused = commands.findIndex((_, index) => answers?.[index] !== '');
  if (refused >= 0) throw new CommandRefused(commands[refused] ?? '', answers?.[refused] ?? text);
}

/** Returns the number of open sessions of some servers. @throws CommandRefused for an answer in an unknown form, SocketSilent */
export async function openSessions(
  context: MemberContext,
  id: HaproxyId,
  servers: readonly MemberServer[],
): Promise<number> {
  if (servers.length === 0) return 0;
  const commands = sessionCommands(servers);
  const { answers, text } = await sendToWorker(context, id, commands);
  const counts = answers?.map(sessionsIn) ?? [undefined];
  return counts.reduce<number>((sum, count) => {
    if (count === undefined) throw new CommandRefused(commands.join(';'), text.slice(0, 200));
    return sum + count;
  }, 0);
}

/** haproxy writes some 300 bytes for each session, and the list of one server costs as much as that of all. */
const MOST_LISTED = 20_000;

/**
 * Returns the age in seconds of the oldest open session of some servers.
 * @returns undefined without a session, when haproxy has too many connections for a list of all sessions, and without an
 *   answer in time
 */
export async function oldestSession(
  { paths, host }: MemberContext,
  id: HaproxyId,
  servers: readonly MemberServer[],
): Promise<number | undefined> {
  const ask = (command: string): Promise<string> =>
    host.haproxy.ask(paths.loadBalancer(id).masterSocket, toWorker([command]), ANSWER_MS);
  try {
    const connections = /^CurrConns: (\d+)$/m.exec(await ask('show info'))?.[1];
    if (connections === undefined || Number(connections) > MOST_LISTED) return undefined;
    return oldestAge(await ask('show sess'), servers);
  } catch (error) {
    if (error instanceof SocketSilent) return undefined;
    throw error;
  }
}
