import type { MemberFacts } from '../metrics/member-facts.ts';
import type { ServerNames } from '../run-time/run-time-record.ts';
import { isInternalProxy } from './haproxy-text.ts';
import { readStatRows } from './stat-table.ts';
import { memberStatus, parted, poolName } from './statistics.ts';

/** The commands whose answer `readMemberStatistics` reads: the worker's process id and the statistics of its servers. */
export const MEMBERS_COMMAND = 'show info;show stat -1 4 -1';

/** The columns that the state of a member takes (management manual, section 9.1). */
const STATE_COLUMNS = ['pxname', 'svname', 'status', 'weight'] as const;
type StateColumn = (typeof STATE_COLUMNS)[number];

/** The columns that metrics of members use. */
const COLUMNS = [
  ...STATE_COLUMNS,
  'scur',
  'qcur',
  'check_duration',
  'lastchg',
  'econ',
  'eresp',
  'chkfail',
] as const;

const MS_PER_SECOND = 1000;

/** How reports differ from haproxy's answer, by process id of the worker that answered. */
export interface ReportRules {
  /** Returns the servers that are left out. */
  absentOf(worker: number | undefined): ServerNames;
  /** Returns a function that replaces the status of a server (run-time/shown-drains.ts). */
  shownOf(worker: number | undefined): (backend: string, server: string, status: string) => string;
}

/**
 * Reads haproxy's answer to MEMBERS_COMMAND.
 * @param ownId the id of that haproxy
 * @throws UnusableStatistics unless the answer is complete
 */
export function readMemberStatistics(answer: string, ownId: string, rules: ReportRules): MemberFacts[] {
  const members: MemberFacts[] = [];
  let backend = { name: '', pool: '', listener: '' };
  eachMember(answer, rules, COLUMNS, (fields, at, state) => {
    const name = fields[at.pxname] ?? '';
    if (name !== backend.name) {
      const { id: pool, listenerId: listener } = poolName(name, ownId);
      backend = { name, pool, listener };
    }
    // one flat object: thousands of them are garbage after each answer
    members.push({
      loadBalancer: ownId,
      listener: backend.listener,
      pool: backend.pool,
      member: fields[at.svname] ?? '',
      state,
      weight: numberIn(fields[at.weight]),
      sessions: numberIn(fields[at.scur]),
      queue: numberIn(fields[at.qcur]),
      checkSeconds: secondsIn(fields[at.check_duration]),
      stateAgeSeconds: numberIn(fields[at.lastchg]),
      connectionErrors: numberIn(fields[at.econ]),
      responseErrors: numberIn(fields[at.eresp]),
      checkErrors: numberIn(fields[at.chkfail]),
    });
  });
  return members;
}

/**
 * Reads the states of all members in haproxy's answer to MEMBERS_COMMAND, one for each listener and pool of a member.
 * @param onState gets the state as `readMemberStatistics` has it
 * @throws UnusableStatistics unless the answer is complete
 */
export const readMemberStates = (
  answer: string,
  rules: ReportRules,
  onState: (state: string) => void,
): void => eachMember(answer, rules, STATE_COLUMNS, (_fields, _at, state) => onState(state));

/** Calls `onMember` with the row and the state of each member that reports show. */
function eachMember<Column extends string>(
  answer: string,
  { absentOf, shownOf }: ReportRules,
  columns: readonly (Column | StateColumn)[],
  onMember: (
    fields: readonly string[],
    at: Readonly<Record<Column | StateColumn, number>>,
    state: string,
  ) => void,
): void {
  const { worker, table } = parted(answer);
  const absent = absentOf(worker);
  const shown = shownOf(worker);
  // the rows of a backend follow each other
  let proxy = { name: '', isInternal: true, absent: absent.get('') };
  readStatRows(table, columns, (fields, at) => {
    const name = fields[at.pxname] ?? '';
    if (name !== proxy.name) proxy = { name, isInternal: isInternalProxy(name), absent: absent.get(name) };
    const member = fields[at.svname] ?? '';
    if (proxy.isInternal || proxy.absent?.has(member) === true) return;
    const status = memberStatus({ status: fields[at.status] ?? '', weight: fields[at.weight] ?? '' });
    onMember(fields, at, plainState(shown(name, member, status)));
  });
}

/** Returns a status without the count of checks and the reason that haproxy appends: `UP 1/3`, `MAINT (resolution)`. */
const plainState = (status: string): string =>
  status.includes(' ') ? status.replace(/ (?:\d|\().*$/, '') : status;

/** Returns a number as it stands there; '' where there is none, and for haproxy's -1. */
const numberIn = (text = ''): string => (Number(text) >= 0 ? text : '');

/** @param text a number of milliseconds */
const secondsIn = (text = ''): string => (numberIn(text) === '' ? '' : `${Number(text) / MS_PER_SECOND}`);
