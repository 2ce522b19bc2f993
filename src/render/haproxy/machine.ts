/** The machine that a configuration is rendered for. */
export interface MachineFacts {
  /** in KiB, of the whole machine */
  readonly memoryKib: number;
  readonly cpuCount: number;
  /** names of the active TuneD profiles, with blanks between them; '' for none */
  readonly tunedProfiles: string;
  /** the most memory that the TLS session cache may have, in MiB; 0: haproxy's default */
  readonly tlsCacheMib: number;
}

const KIB_PER_MIB = 1024;
/** The kernel, the system and the agent: what an amphora uses before haproxy runs. */
const SYSTEM_KIB = 256 * KIB_PER_MIB;
/** Two buffers of 16 KiB for each connection (haproxy manual, section 3.2, `tune.bufsize`). */
const CONNECTION_KIB = 32;
/** A block takes 248 bytes (measured, haproxy 2.6 and 3.0). */
const BLOCKS_PER_KIB = 4;
/** `tune.ssl.cachesize` where nothing is said */
const DEFAULT_BLOCKS = 20_000;

/**
 * The size of haproxy's TLS session cache by the rule of Octavia's controllers (releasenotes/notes/fix-haproxy-ssl-cache-size-5d5842100a87de54.yaml
 * and tweak-ssl-cachesize-6893851feed43975.yaml): two fifths of the memory that is left when every connection has its buffers, so that two haproxys have room
 * for theirs during a reload. Octavia takes the memory that is free at that moment, which changes with each upload. Here a model always
 * gives the same configuration.
 * @param connections haproxy's limit
 * @returns blocks; undefined where haproxy's default is no less
 */
export function tlsCacheBlocks(machine: MachineFacts, connections: number): number | undefined {
  const left = machine.memoryKib - SYSTEM_KIB - connections * CONNECTION_KIB;
  const kib = Math.min(Math.floor((left * 2) / 5), machine.tlsCacheMib * KIB_PER_MIB);
  const blocks = kib * BLOCKS_PER_KIB;
  return blocks > DEFAULT_BLOCKS ? blocks : undefined;
}

/** The profile of images that leave the first processor to interrupts and everything but haproxy. */
const AMPHORA_PROFILE = 'amphora';
/** haproxy has no more in one group of threads (manual, section 3.1, `thread-groups`). */
const MOST_THREADS = 64;

/**
 * How many threads haproxy has, each on a processor of its own from the second one on, where the image keeps those processors for
 * it (releasenotes/notes/add-cpu-pinning-element-86617303b720d5a9.yaml).
 * @returns undefined where haproxy chooses by itself
 */
export function pinnedThreads({ cpuCount, tunedProfiles }: MachineFacts): number | undefined {
  const isTuned = tunedProfiles.split(/\s+/).includes(AMPHORA_PROFILE);
  return isTuned && cpuCount > 1 ? Math.min(cpuCount - 1, MOST_THREADS) : undefined;
}
