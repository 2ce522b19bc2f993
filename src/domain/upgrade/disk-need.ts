/** Sizes in bytes that decide how much room an upgrade needs. */
export interface UpgradeSizes {
  /** the packages of the bundle, as files */
  readonly bundle: number;
  /** the files that the packages of the bundle install */
  readonly unpacked: number;
  /** the installed files of the packages that are replaced; the way back keeps them */
  readonly former: number;
  /** the installed agent, of which the upgrade keeps a copy */
  readonly agent: number;
}

/** What must be left for the programs of the amphora, for example their logs. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const MIB = 1024 * 1024;

/**
 * Returns why an upgrade has not enough room; undefined when it has. Counts everything for each file system: most amphorae
 * have one. dpkg writes the new files beside the old ones.
 * @param sizes without the part that is on the disk already
 * @param disks file systems that the upgrade writes to
 */
export function diskShortage(
  { bundle, unpacked, former, agent }: UpgradeSizes,
  disks: readonly { readonly path: string; readonly availableBytes: number }[],
): string | undefined {
  const needed = bundle + unpacked + former + agent + RESERVE_BYTES;
  const full = disks.find(({ availableBytes }) => availableBytes < needed);
  if (full === undefined) return undefined;
  const inMib = (bytes: number): number => Math.ceil(bytes / MIB);
  return `the disk of ${full.path} has ${Math.floor(full.availableBytes / MIB)} MiB left, and the upgrade needs ${inMib(needed)} MiB: ${inMib(bundle)} for the bundle, ${inMib(unpacked)} for its files, ${inMib(former)} for the way back, ${inMib(agent)} for a copy of the agent, ${inMib(RESERVE_BYTES)} in reserve`;
}
