/** The machine that a configuration is rendered for. */
export interface MachineFacts {
  /** memory of the whole machine in KiB */
  readonly memoryKib: number;
  readonly cpuCount: number;
  /** names of the active TuneD profiles, separated by blanks; '' when there is none */
  readonly tunedProfiles: string;
  /** largest TLS session cache in MiB; 0 for haproxy's default */
  readonly tlsCacheMib: number;
}

const KIB_PER_MIB = 1024;
/** The memory that the kernel, the system and the agent of an amphora need. */
const SYSTEM_KIB = 256 * KIB_PER_MIB;
/** The memory of a connection: two buffers of 16 KiB (haproxy manual, section 3.2, `tune.bufsize`). */
const CONNECTION_KIB = 32;
/** A block has 248 bytes (measured with haproxy 2.6 and 3.0). */
const BLOCKS_PER_KIB = 4;
/** haproxy's default of `tune.ssl.cachesize`. */
const DEFAULT_BLOCKS = 20_000;

/**
 * Returns the size of haproxy's TLS session cache by the rule of Octavia's controllers
 * (releasenotes/notes/fix-haproxy-ssl-cache-size-5d5842100a87de54.yaml and tweak-ssl-cachesize-6893851feed43975.yaml): two
 * fifths of the memory that remains after every connection got its buffers, so that two haproxies have room for their
 * caches during a reload. Octavia uses the memory that is free at that moment, which changes with each upload. Here, a
 * model always results in the same configuration.
 * @param connections haproxy's limit
 * @returns number of blocks; undefined when haproxy's default is at least as large
 */
export function tlsCacheBlocks(machine: MachineFacts, connections: number): number | undefined {
  const left = machine.memoryKib - SYSTEM_KIB - connections * CONNECTION_KIB;
  const kib = Math.min(Math.floor((left * 2) / 5), machine.tlsCacheMib * KIB_PER_MIB);
  const blocks = kib * BLOCKS_PER_KIB;
  return blocks > DEFAULT_BLOCKS ? blocks : undefined;
}

/** The TuneD profile of images that reserve the first processor for interrupts and for programs other than haproxy. */
const AMPHORA_PROFILE = 'amphora';
/** The highest number of threads in one group (haproxy manual, section 3.1, `thread-groups`). */
const MOST_THREADS = 64;

/**
 * Returns the number of haproxy's threads when the image reserves processors for haproxy. Each thread then has its own
 * processor, beginning with the second one (releasenotes/notes/add-cpu-pinning-element-86617303b720d5a9.yaml).
 * @returns undefined when haproxy chooses the number
 */
export function pinnedThreads({ cpuCount, tunedProfiles }: MachineFacts): number | undefined {
  const isTuned = tunedProfiles.split(/\s+/).includes(AMPHORA_PROFILE);
  return isTuned && cpuCount > 1 ? Math.min(cpuCount - 1, MOST_THREADS) : undefined;
}
