import { percentile } from '../timing/jitter.ts';

/** What our figure may be, as a part of the Python agent's. */
export type Target = { readonly atMost: number } | { readonly atLeast: number };

export interface Row {
  readonly what: string;
  readonly unit: 'ms' | 's' | 'MiB' | '/s';
  readonly target: Target;
}

/** Each row of the comparison by the name that `--only` takes. */
export const ROWS = {
  start: { what: 'start → first mTLS GET / answered', unit: 'ms', target: { atMost: 0.5 } },
  memory: { what: 'memory (PSS) 3 s after the start', unit: 'MiB', target: { atMost: 0.5 } },
  'memory-unpaged': {
    what: 'memory (PSS) 3 s after the start, without page-out',
    unit: 'MiB',
    target: { atMost: 0.5 },
  },
  'memory-kept': {
    what: "memory that the kernel can't take back, 3 s after the start",
    unit: 'MiB',
    target: { atMost: 0.5 },
  },
  'memory-kept-unpaged': {
    what: 'the same, without page-out',
    unit: 'MiB',
    target: { atMost: 0.5 },
  },
  'memory-later': {
    what: 'memory (PSS) after 10 000 requests, 1 000 heartbeats',
    unit: 'MiB',
    target: { atMost: 0.5 },
  },
  'info-new': { what: 'GET /info, new connection', unit: 'ms', target: { atMost: 0.2 } },
  'info-kept': { what: 'GET /info, kept connection', unit: 'ms', target: { atMost: 0.2 } },
  'details-new': { what: 'GET /details, new connection', unit: 'ms', target: { atMost: 0.2 } },
  'details-kept': { what: 'GET /details, kept connection', unit: 'ms', target: { atMost: 0.2 } },
  rate: { what: 'GET /info a second on 8 kept connections', unit: '/s', target: { atLeast: 5 } },
  'upload-first': {
    what: 'first upload of 1 listener, over haproxy -c',
    unit: 'ms',
    target: { atMost: 0.3 },
  },
  'upload-small': {
    what: 'changed upload of 1 listener, over haproxy -c',
    unit: 'ms',
    target: { atMost: 0.3 },
  },
  'upload-large': {
    what: 'changed upload of 100 listeners × 20 members, over haproxy -c',
    unit: 'ms',
    target: { atMost: 0.3 },
  },
  'upload-cache': {
    what: 'changed upload with the TLS session cache of a 4 GiB amphora',
    unit: 'ms',
    target: { atMost: 0.3 },
  },
  'check-memory': {
    what: "memory of haproxy's check of that upload",
    unit: 'MiB',
    target: { atMost: 0.3 },
  },
  reload: { what: 'reload → 202 and new configuration serving', unit: 'ms', target: { atMost: 0.7 } },
  'plug-vip': { what: 'plug/vip → 202 and VIP answering', unit: 'ms', target: { atMost: 0.3 } },
  'plug-network': { what: 'plug/network with 10 fixed_ips → 202', unit: 'ms', target: { atMost: 0.3 } },
  'beat-small': { what: 'CPU of a heartbeat with 1 member', unit: 'ms', target: { atMost: 2 } },
  'beat-usual': {
    what: 'CPU of the whole agent from a heartbeat to the next, 1 member, one a second',
    unit: 'ms',
    target: { atMost: 2 },
  },
  'beat-large': { what: 'CPU of a heartbeat with 2 000 members', unit: 'ms', target: { atMost: 0.3 } },
  'check-cpu': { what: 'CPU of a haproxy-vrrp-check', unit: 'ms', target: { atMost: 0.3 } },
  'check-wall': { what: 'time of a haproxy-vrrp-check', unit: 'ms', target: { atMost: 0.3 } },
  idle: {
    what: 'CPU when idle, an hour, heartbeats every 3 s, a look for drift a minute',
    unit: 's',
    target: { atMost: 1 },
  },
  disk: { what: 'disk space, runtime included', unit: 'MiB', target: { atMost: 0.8 } },
} as const satisfies Readonly<Record<string, Row>>;

export type RowName = keyof typeof ROWS;

export const isRowName = (name: string): name is RowName => Object.hasOwn(ROWS, name);

/** One round's figures of one agent. */
export type Figures = Partial<Readonly<Record<RowName, number>>>;

/** Who is compared. */
export const AGENTS = ['ours', 'theirs'] as const;
export type AgentName = (typeof AGENTS)[number];

/** All figures of a row, in the order of the rounds. */
export interface RowResult {
  readonly row: RowName;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** A row as it is shown. */
export interface Verdict extends Row {
  readonly row: RowName;
  /** medians */
  readonly ours: number;
  readonly theirs: number;
  /** ours / theirs */
  readonly ratio: number;
  readonly rounds: number;
  readonly isReached: boolean;
}

const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Judges by medians: of what both agents have. */
export function verdictOf({ row, ours, theirs }: RowResult): Verdict {
  const [own, other] = [median(ours), median(theirs)];
  const ratio = own / other;
  const { target } = ROWS[row];
  const isReached = 'atMost' in target ? ratio <= target.atMost : ratio >= target.atLeast;
  return { ...ROWS[row], row, ours: own, theirs: other, ratio, rounds: ours.length, isReached };
}

/** @param rounds of each agent, one after the other */
export function resultsOf(rounds: Readonly<Record<AgentName, readonly Figures[]>>): RowResult[] {
  const of = (agent: AgentName, row: RowName): number[] =>
    rounds[agent].map((figures) => figures[row]).filter((figure) => figure !== undefined);
  return Object.keys(ROWS)
    .filter(isRowName)
    .map((row) => ({ row, ours: of('ours', row), theirs: of('theirs', row) }))
    .filter(({ ours, theirs }) => ours.length > 0 && theirs.length > 0);
}
