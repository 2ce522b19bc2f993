import { serverKey } from '../run-time/run-time-record.ts';
import { parseCsv } from '../text/csv.ts';

/** What haproxy knows about a server, beside its status. */
export interface MemberFacts {
  /** open sessions */
  readonly sessions: number;
  /** seconds since the last change between UP and DOWN; undefined without a number */
  readonly changedSeconds: number | undefined;
  /** undefined for a server without a health check */
  readonly check: CheckFacts | undefined;
}

/** The last result of a health check. */
export interface CheckFacts {
  /** haproxy's code: `L4CON`, `L7STS`, … (management manual, section 9.1, check_status) */
  readonly status: string;
  /** haproxy's name of that code, for example `Layer4 connection problem` */
  readonly description: string;
  /** status code, error or content that the check got, for example `Connection refused`; '' without any */
  readonly detail: string;
}

/** The values of the type column for a server (management manual, section 9.1). */
const SERVER = '2';
const COLUMNS = [
  ...(['pxname', 'svname', 'type', 'scur', 'lastchg', 'check_status', 'check_code'] as const),
  ...(['last_chk', 'check_desc'] as const),
];
type Column = (typeof COLUMNS)[number];

/**
 * Reads the facts about the servers in an answer that `readStatistics` accepts. Unknown columns leave facts out.
 * @returns facts by serverKey()
 */
export function readMemberFacts(answer: string): ReadonlyMap<string, MemberFacts> {
  const start = answer.startsWith('# ') ? 0 : answer.indexOf('\n# ') + 1;
  const headerEnd = answer.indexOf('\n', start);
  const header = answer.slice(start + 2, headerEnd).split(',');
  const places = new Map(COLUMNS.map((column) => [column, header.indexOf(column)]));
  const width = Math.max(...places.values()) + 1;
  const facts = new Map<string, MemberFacts>();
  for (const fields of parseCsv(answer.slice(headerEnd + 1), width) ?? []) {
    const value = (column: Column): string => fields[places.get(column) ?? -1] ?? '';
    if (value('type') === SERVER)
      facts.set(serverKey({ backend: value('pxname'), server: value('svname') }), factsOf(value));
  }
  return facts;
}

function factsOf(value: (column: Column) => string): MemberFacts {
  const status = value('check_status');
  const found = [value('check_code'), value('last_chk')].filter((text) => text !== '');
  return {
    sessions: numberIn(value('scur')) ?? 0,
    changedSeconds: numberIn(value('lastchg')),
    check: status === '' ? undefined : { status, description: value('check_desc'), detail: found.join(' ') },
  };
}

const numberIn = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);
