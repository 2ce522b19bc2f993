import type { HaproxyNeeds } from './haproxy-needs.ts';

/** The resources that a machine can give to a haproxy. */
export interface MachineLimits {
  /** memory of the machine in KiB */
  readonly memoryKib: number;
  /** undefined when the limit is unknown */
  readonly openFiles: OpenFilesLimit | undefined;
}

export interface OpenFilesLimit {
  readonly count: number;
  /** process id of the running haproxy, which would be reloaded; undefined when haproxy would be started */
  readonly runningPid: number | undefined;
}

const KIB = 1024;
const MIB = KIB * KIB;
/** The smallest size of a block. haproxy 2.6 and 3.0 use 248 bytes (measured). */
const LEAST_BLOCK_BYTES = 240;

/**
 * Says why haproxy would not start with a configuration that its check has accepted.
 * @returns a line with line end for each reason; '' when haproxy can start
 */
export function shortage(needs: HaproxyNeeds, limits: MachineLimits): string {
  return [cacheShortage(needs, limits), descriptorShortage(needs, limits)]
    .flatMap((line) => (line === undefined ? [] : [`${line}\n`]))
    .join('');
}

function cacheShortage({ cacheBlocks = 0 }: HaproxyNeeds, { memoryKib }: MachineLimits): string | undefined {
  const needed = cacheBlocks * LEAST_BLOCK_BYTES;
  if (needed <= memoryKib * KIB) return undefined;
  return (
    `tune.ssl.cachesize ${cacheBlocks}: haproxy would need ${Math.ceil(needed / MIB)} MiB of memory for it, ` +
    `and this machine has ${Math.floor(memoryKib / KIB)} MiB`
  );
}

/** Error texts show numbers of connections in hundreds. */
const ROUND = 100;

function descriptorShortage({ descriptors }: HaproxyNeeds, { openFiles }: MachineLimits): string | undefined {
  if (descriptors === undefined || openFiles === undefined) return undefined;
  const { atLeast, directive, value } = descriptors;
  const { count, runningPid } = openFiles;
  if (atLeast <= count) return undefined;
  const fitting = Math.floor((count * value) / atLeast / ROUND) * ROUND;
  const whose =
    runningPid === undefined ? 'a haproxy that is started here' : `haproxy, process ${runningPid},`;
  const remedy =
    runningPid === undefined
      ? 'raise the limit of open files (RLIMIT_NOFILE) of this machine or container'
      : 'raise the limit of open files (RLIMIT_NOFILE) and start haproxy again';
  const orLess = directive === 'maxconn' ? `, or have some ${fitting} connections at most` : '';
  return `${directive} ${value}: haproxy would need ${atLeast} file descriptors for it, and ${whose} can have ${count}; ${remedy}${orLess}`;
}
