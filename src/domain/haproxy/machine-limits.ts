import type { HaproxyNeeds } from './haproxy-needs.ts';

/** What a machine can give a haproxy. */
export interface MachineLimits {
  /** memory of the machine in KiB */
  readonly memoryKib: number;
  /** undefined where nobody knows */
  readonly openFiles: OpenFilesLimit | undefined;
}

export interface OpenFilesLimit {
  readonly count: number;
  /** process id of the haproxy that runs, and would be reloaded; undefined for one that would be started */
  readonly runningPid: number | undefined;
}

const KIB = 1024;
const MIB = KIB * KIB;
/** haproxy 2.6 and 3.0 take 248 bytes a block (measured). */
const LEAST_BLOCK_BYTES = 240;

/**
 * Why haproxy would not start with a configuration that it has accepted.
 * @returns a line for each reason, ended; '' for none
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

/** Numbers of connections are shown in hundreds. */
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
