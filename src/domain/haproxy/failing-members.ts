import { NO_SERVERS, type ServerNames } from '../run-time/run-time-record.ts';
import { parseCsv } from '../text/csv.ts';
import { workerPid } from './statistics.ts';

/** The command whose answer `readFailingMembers` reads: the worker's process id and the statistics of servers alone. */
export const MEMBER_CHECKS_COMMAND = 'show info;show stat -1 4 -1';

/** A member that its health check has taken down. */
export interface FailingMember {
  readonly id: string;
  readonly poolId: string;
  /** whole seconds since its last change of state; undefined when haproxy doesn't say it */
  readonly seconds: number | undefined;
  /** in haproxy's words, for example `Layer4 connection problem: Connection refused` */
  readonly reason: string;
}

/**
 * Reads haproxy's answer to MEMBER_CHECKS_COMMAND.
 * @param absentOf returns the servers that are left out, by process id of the worker that answered
 * @returns none for a malformed answer
 */
export function readFailingMembers(
  answer: string,
  absentOf: (worker: number | undefined) => ServerNames = () => NO_SERVERS,
): FailingMember[] {
  const start = answer.indexOf('\n# ') + 1;
  const [head = '', ...lines] = answer.slice(start).split('\n');
  const rows = parseCsv(lines.join('\n').trimEnd().concat('\n')) ?? [];
  const columns = head.replace('# ', '').split(',');
  const absent = absentOf(workerPid(answer.slice(0, start)));
  return rows.flatMap((fields) => {
    const value = (column: string): string => fields[columns.indexOf(column)] ?? '';
    const [proxy, server] = [value('pxname'), value('svname')];
    if (!value('status').startsWith('DOWN') || absent.get(proxy)?.has(server) === true) return [];
    const [poolId = ''] = proxy.split(':', 1);
    return [{ id: server, poolId, seconds: wholeNumber(value('lastchg')), reason: reasonOf(value) }];
  });
}

const wholeNumber = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

/** Joins what haproxy says about a check: its outcome, the status code of the answer, and words that may be the member's. */
function reasonOf(value: (column: string) => string): string {
  const code = value('check_code');
  const parts = [value('check_desc'), code === '' ? '' : `status ${code}`, value('last_chk')];
  const known = parts.filter((part) => part !== '');
  return known.length === 0 ? 'its check failed' : known.join(': ').replaceAll(/\p{Cc}/gu, '?');
}

/** The most members that a status names. */
const MOST_NAMED = 10;

/** Returns a sentence for each member that its check has taken down, and one about those that are too many to be named. */
export function failingMemberNotes(members: readonly FailingMember[]): string[] {
  const named = members.slice(0, MOST_NAMED).map(({ id, poolId, seconds, reason }) => {
    const since = seconds === undefined ? '' : ` for ${seconds} s`;
    return `member ${id} of pool ${poolId} is DOWN${since}: ${reason}`;
  });
  const others = members.length - named.length;
  return others === 0 ? named : [...named, `${others} more members are DOWN`];
}
