import type { MemberFacts } from '../metrics/member-facts.ts';
import type { ServerNames } from '../run-time/run-time-record.ts';
import { isInternalProxy } from './haproxy-text.ts';
import { readStatRows } from './stat-table.ts';
import { memberStatus, parted, poolName } from './statistics.ts';

/** The commands whose answer `readMemberStatistics` reads: the worker's process id and the statistics of its servers. */
export const MEMBERS_COMMAND = 'show info;show stat -1 4 -1';

/** The columns that metrics of members use (management manual, section 9.1). */
const COLUMNS = [
  'pxname',
  'svname',
  'status',
  'weight',
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
export function readMemberStatistics(
  answer: string,
  ownId: string,
  { absentOf, shownOf }: ReportRules,
): MemberFacts[] {
  const { worker, table } = parted(answer);
  const absent = absentOf(worker);
  const shown = shownOf(worker);
  const members: MemberFacts[] = [];
  // the rows of a backend follow each other
  let proxy = { name: '', isInternal: true, pool: '', listener: '', absent: absent.get('') };
  readStatRows(table, COLUMNS, (fields, at) => {
    const name = fields[at.pxname] ?? '';
    if (name !== proxy.name) {
      const { id: pool, listenerId: listener } = poolName(name, ownId);
      proxy = { name, isInternal: isInternalProxy(name), pool, listener, absent: absent.get(name) };
    }
    const member = fields[at.svname] ?? '';
    if (proxy.isInternal || proxy.absent?.has(member) === true) return;
    const status = memberStatus({ status: fields[at.status] ?? '', weight: fields[at.weight] ?? '' });
    // one flat object: thousands of them are garbage after each answer
    members.push({
      loadBalancer: ownId,
      listener: proxy.listener,
      pool: proxy.pool,
      member,
      state: plainState(shown(name, member, status)),
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

/** Returns a status without the count of checks and the reason that haproxy appends: `UP 1/3`, `MAINT (resolution)`. */
const plainState = (status: string): string =>
  status.includes(' ') ? status.replace(/ (?:\d|\().*$/, '') : status;

/** Returns a number as it stands there; '' where there is none, and for haproxy's -1. */
const numberIn = (text = ''): string => (Number(text) >= 0 ? text : '');

/** @param text a number of milliseconds */
const secondsIn = (text = ''): string => (numberIn(text) === '' ? '' : `${Number(text) / MS_PER_SECOND}`);
