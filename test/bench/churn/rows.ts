import type { AgentName } from '../charts/rows.ts';
import { figureText } from '../compare/table.ts';

/** `ofTheirs`: at most this part of the Python agent's figure. `atMost`: at most this figure, whatever the Python agent has. */
type ChurnTarget = { readonly ofTheirs: number } | { readonly atMost: number };

interface ChurnRow {
  readonly what: string;
  /** '' for a number of things */
  readonly unit: '' | 'ms' | 'MiB';
  readonly target?: ChurnTarget;
}

/** Memory of a process differs that much from one start to the next, in MiB. */
const MEMORY_NOISE_MIB = 1;
const NONE = { unit: '', target: { atMost: 0 } } as const;

/** Each row of the table of `npm run bench:churn`. */
export const CHURN_ROWS = {
  'members-lost': { what: 'member changes: lost HTTP requests', ...NONE },
  'members-websockets': { what: 'member changes: closed websockets, of 500', ...NONE },
  'members-downloads': { what: 'member changes: cut downloads of 30 s', ...NONE },
  'members-kept': { what: 'member changes: closed HTTP connections (keep-alive)', ...NONE },
  'members-reloads': { what: 'member changes: reloads', ...NONE },
  'members-pair': { what: 'member change: upload and reload', unit: 'ms', target: { ofTheirs: 0.3 } },
  'members-pair-p95': { what: 'member change: upload and reload, 95th percentile', unit: 'ms' },
  'members-serving': { what: 'member change: upload → in force', unit: 'ms' },
  'members-serving-p95': { what: 'member change: upload → in force, 95th percentile', unit: 'ms' },
  'members-cpu': { what: 'member change: CPU of agent and haproxy', unit: 'ms' },
  'members-memory-before': {
    what: 'memory of haproxy with these connections, before the changes',
    unit: 'MiB',
  },
  'members-memory-after': {
    what: 'memory of haproxy with these connections, after the changes',
    unit: 'MiB',
  },
  'members-growth': {
    what: 'memory that haproxy keeps after the connections ended and one reload',
    unit: 'MiB',
    target: { atMost: MEMORY_NOISE_MIB },
  },
  'certificates-late': { what: 'certificate rotations: next handshake with the old certificate', ...NONE },
  'certificates-closed': {
    what: 'certificate rotations: closed TLS connections (50 are kept open)',
    ...NONE,
  },
  'certificates-reloads': { what: 'certificate rotations: reloads', ...NONE },
  'certificates-requests': { what: 'certificate rotation: certificate, list, upload and reload', unit: 'ms' },
  'certificates-requests-p95': {
    what: 'certificate rotation: certificate, list, upload and reload, 95th percentile',
    unit: 'ms',
  },
  'certificates-serving': {
    what: 'certificate rotation: first request → handshake with the new certificate',
    unit: 'ms',
  },
  'certificates-cpu': { what: 'certificate rotation: CPU of agent and haproxy', unit: 'ms' },
  'reload-answer': { what: 'needed reload → 202', unit: 'ms', target: { ofTheirs: 0.45 } },
  'reload-serving': { what: 'needed reload → 202 and in force', unit: 'ms', target: { ofTheirs: 0.45 } },
  'first-upload': { what: 'first upload of a load balancer', unit: 'ms' },
  'first-upload-over-check': {
    what: 'first upload of a load balancer, over haproxy -c',
    unit: 'ms',
    target: { ofTheirs: 0.3 },
  },
} as const satisfies Readonly<Record<string, ChurnRow>>;

export type ChurnRowName = keyof typeof CHURN_ROWS;
export const CHURN_ROW_NAMES = Object.keys(CHURN_ROWS) as [ChurnRowName, ...ChurnRowName[]];

/** What was measured of one agent. */
export type ChurnFigures = Partial<Readonly<Record<ChurnRowName, number>>>;

/** A row as it is shown. */
export interface ChurnVerdict extends ChurnRow {
  readonly ours: number;
  readonly theirs: number;
  /** ours / theirs; undefined if theirs is 0 */
  readonly ratio: number | undefined;
  readonly isReached: boolean;
}

/** Judges the rows that both agents have. */
export function churnVerdicts(figures: Readonly<Record<AgentName, ChurnFigures>>): ChurnVerdict[] {
  return CHURN_ROW_NAMES.flatMap((name) => {
    const row: ChurnRow = CHURN_ROWS[name];
    const [ours, theirs] = [figures.ours[name], figures.theirs[name]];
    if (ours === undefined || theirs === undefined) return [];
    const ratio = theirs === 0 ? undefined : ours / theirs;
    return [{ ...row, ours, theirs, ratio, isReached: isReached(row.target, ours, theirs) }];
  });
}

function isReached(target: ChurnTarget | undefined, ours: number, theirs: number): boolean {
  if (target === undefined) return true;
  return 'atMost' in target ? ours <= target.atMost : ours <= target.ofTheirs * theirs;
}

/** The cells of a row: name, both figures, ratio, target, and whether it is missed. */
export function churnCells({ what, unit, target, ...row }: ChurnVerdict): string[] {
  const figure = (value: number): string => (unit === '' ? `${value}` : figureText(value));
  return [
    unit === '' ? what : `${what}, ${unit}`,
    figure(row.ours),
    figure(row.theirs),
    row.ratio === undefined || (target !== undefined && 'atMost' in target) ? '' : figureText(row.ratio),
    targetCell(target),
    row.isReached ? '' : 'missed',
  ];
}

const targetCell = (target: ChurnTarget | undefined): string => {
  if (target === undefined) return '';
  return 'atMost' in target ? `${target.atMost}` : `≤ ${target.ofTheirs}`;
};

/** How many changes of members, and of certificates, each agent got. */
export type Changes = Readonly<Record<AgentName, number>>;

/** The head of the table. */
export const churnHead = ({ ours, theirs }: Changes): string[] => [
  '',
  `amphora-agent, ${ours} changes`,
  `octavia-agent, ${theirs} changes`,
  ...['ratio', 'target', ''],
];

/** The lines of the table in docs/benchmarks.md. */
export const churnMarkdown = (changes: Changes, verdicts: readonly ChurnVerdict[]): string =>
  [
    markdownLine(churnHead(changes)),
    '|---|---:|---:|---:|---|---|',
    ...verdicts.map((verdict) => markdownLine(churnCells(verdict))),
  ].join('\n');

const markdownLine = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
