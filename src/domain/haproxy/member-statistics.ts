import type { MemberFacts } from '../metrics/member-facts.ts';
import type { ServerNames } from '../run-time/run-time-record.ts';
import { isInternalProxy } from './haproxy-text.ts';
import { readStatTable } from './stat-table.ts';
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
  const { rows, at } = readStatTable(table, COLUMNS);
  return rows.flatMap((fields) => {
    const of = (column: (typeof COLUMNS)[number]): string => fields[at[column]] ?? '';
    const [backend, server] = [of('pxname'), of('svname')];
    if (isInternalProxy(backend) || absent.get(backend)?.has(server) === true) return [];
    const { id: pool, listenerId: listener } = poolName(backend, ownId);
    const weight = of('weight');
    const status = shown(backend, server, memberStatus({ status: of('status'), weight }));
    const checkMs = numberIn(of('check_duration'));
    return [
      {
        ...{ loadBalancer: ownId, listener, pool, member: server, state: plainState(status) },
        weight: numberIn(weight),
        sessions: numberIn(of('scur')),
        queue: numberIn(of('qcur')),
        checkSeconds: checkMs === undefined ? undefined : checkMs / MS_PER_SECOND,
        stateAgeSeconds: numberIn(of('lastchg')),
        errors: {
          connection: numberIn(of('econ')),
          response: numberIn(of('eresp')),
          check: numberIn(of('chkfail')),
        },
      },
    ];
  });
}

/** Returns a status without the count of checks and the reason that haproxy appends: `UP 1/3`, `MAINT (resolution)`. */
const plainState = (status: string): string =>
  status.includes(' ') ? status.replace(/ (?:\d|\().*$/, '') : status;

function numberIn(text: string): number | undefined {
  const number = Number(text);
  return text !== '' && number >= 0 ? number : undefined;
}
