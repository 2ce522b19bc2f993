/** A configuration that ran, as it is kept in its load balancer's history. */
export interface KeptConfig {
  /** grows with each one that is kept; a clock may jump */
  readonly order: number;
  /** when it began to run */
  readonly since: Date;
  readonly md5: string;
}

/** How many configurations a load balancer's history has at most. */
export const HISTORY_LENGTH = 5;

const NAME = /^(\d{8})-(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)-([0-9a-f]{32})\.cfg$/;

/** Name of the file that holds its text. */
export const keptConfigName = ({ order, since, md5 }: KeptConfig): string =>
  `${`${order}`.padStart(8, '0')}-${since.toISOString()}-${md5}.cfg`;

/** The configurations among names of files, the newest first, each text once, no more than are kept. */
export function keptConfigsAmong(names: readonly string[]): KeptConfig[] {
  const found = new Map<string, KeptConfig>();
  for (const name of names.toSorted().reverse()) {
    const [, order, since = '', md5] = NAME.exec(name) ?? [];
    if (md5 !== undefined && !found.has(md5))
      found.set(md5, { order: Number(order), since: new Date(since), md5 });
  }
  return [...found.values()].slice(0, HISTORY_LENGTH);
}
