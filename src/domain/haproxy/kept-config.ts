/** A configuration that ran, in the history of its load balancer. */
export interface KeptConfig {
  /** grows with each kept configuration; a clock would be unreliable, because it may jump */
  readonly order: number;
  /** when it began to run */
  readonly since: Date;
  readonly md5: string;
}

/** The highest number of configurations in a load balancer's history. */
export const HISTORY_LENGTH = 5;

const NAME = /^(\d{8})-(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)-([0-9a-f]{32})\.cfg$/;

/** Returns the name of the file that holds the configuration. */
export const keptConfigName = ({ order, since, md5 }: KeptConfig): string =>
  `${`${order}`.padStart(8, '0')}-${since.toISOString()}-${md5}.cfg`;

/** Finds the configurations among file names: newest first, each text once, at most HISTORY_LENGTH. */
export function keptConfigsAmong(names: readonly string[]): KeptConfig[] {
  const found = new Map<string, KeptConfig>();
  for (const name of names.toSorted().reverse()) {
    const [, order, since = '', md5] = NAME.exec(name) ?? [];
    if (md5 !== undefined && !found.has(md5))
      found.set(md5, { order: Number(order), since: new Date(since), md5 });
  }
  return [...found.values()].slice(0, HISTORY_LENGTH);
}
