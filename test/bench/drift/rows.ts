/** What one damage came to. Times are in seconds since the damage; undefined: not within a minute. */
export interface RepairFigures {
  readonly name: string;
  readonly what: string;
  /** false when the service manager mends the damage before a second look */
  readonly isByDrift: boolean;
  /** whether the agent only reports the damage; `repairedSeconds` is undefined then */
  readonly isReportOnly: boolean;
  readonly seenSeconds: number | undefined;
  readonly repairedSeconds: number | undefined;
  /** answered requests, from the damage until some seconds after the repair */
  readonly requests: number;
  /** requests that failed by the damage, before drift was seen */
  readonly lostBeforeSeen: number;
  /** requests that failed later, by the repair or until it took effect */
  readonly lostAfterSeen: number;
}

/** What the looks cost when nothing has changed. */
export interface LookCost {
  /** CPU time of agent and child processes for one look */
  readonly cpuMs: number;
  /** the same as a share of one processor, with one look a minute */
  readonly share: number;
}

/** seconds: drift_interval, the time to the second look, the wait for answers to a probe of the VIP, and the looks themselves */
const BOUNDS = { seenSeconds: 10 + 10 + 1 + 1, share: 0.0005 };
/** What is only reported, a second owner of the VIP, is probed in each third interval. */
const REPORTED_SECONDS = BOUNDS.seenSeconds + 2 * 10;

/** Says for each row that misses its bound which one: an empty list means that all are reached. */
export const missedRows = (rows: readonly RepairFigures[], cost: LookCost | undefined): string[] => [
  ...rows.flatMap((row) => missedOf(row).map((problem) => `${row.what}: ${problem}`)),
  ...(cost !== undefined && cost.share > BOUNDS.share ? [`a look each minute: ${percent(cost.share)}`] : []),
];

function missedOf({
  isByDrift,
  isReportOnly,
  seenSeconds,
  repairedSeconds,
  ...lost
}: RepairFigures): string[] {
  const bound = isReportOnly ? REPORTED_SECONDS : BOUNDS.seenSeconds;
  const isLate = isByDrift && !(seenSeconds !== undefined && seenSeconds <= bound);
  return [
    ...(isLate ? [`not seen within ${bound} s`] : []),
    ...(repairedSeconds === undefined && !isReportOnly ? ['not repaired'] : []),
    ...(lost.lostBeforeSeen === 0 && lost.lostAfterSeen > 0 ? ['the repair lost requests'] : []),
  ];
}

/** Returns the lines of the table in docs/benchmarks.md. */
export const driftMarkdown = (rows: readonly RepairFigures[]): string =>
  [
    '| damage by hand | seen after, s | repaired after, s | requests answered | lost before it was seen | lost later |  |',
    '|---|---:|---:|---:|---:|---:|---|',
    ...rows.map((row) => {
      const times = [row.seenSeconds, row.repairedSeconds].map((time) => time?.toFixed(1) ?? '–');
      const cells = [row.what, ...times, row.requests, row.lostBeforeSeen, row.lostAfterSeen];
      return `| ${[...cells, missedOf(row).length > 0 ? 'missed' : ''].join(' | ')} |`;
    }),
  ].join('\n');

/** Returns the line about the cost in docs/benchmarks.md. */
export const costLine = ({ cpuMs, share }: LookCost): string =>
  `a look: ${cpuMs.toFixed(0)} ms of CPU, with one a minute ${percent(share)} of a processor (at most ${percent(BOUNDS.share)})`;

const percent = (share: number): string => `${(share * 100).toFixed(3)} %`;
