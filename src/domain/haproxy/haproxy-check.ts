import { CHECK_CONFIG } from '../paths.ts';
import type { Program } from '../program.ts';

/**
 * The text of CHECK_CONFIG. `haproxy -c` allocates and clears the TLS session cache, some 250 bytes a block (measured, haproxy
 * 2.6 and 3.0). A controller sizes that cache by the memory of the amphora, which the haproxys that serve need meanwhile. haproxy
 * keeps the last value that it reads, here that of its manual's default (section 3.2, `tune.ssl.cachesize`).
 */
export const CHECK_TEXT = `# Written by amphora-agent. A check reads this file last, so that it takes little memory.
global
    tune.ssl.cachesize 20000
`;

/**
 * The command that checks configurations and serves nothing.
 * @param options.files in haproxy's order @param options.peer its own name in the peers section
 * @param options.checkConfig a file of CHECK_TEXT
 */
export function haproxyCheck(options: {
  readonly haproxyCmd: string;
  readonly files: readonly string[];
  readonly peer: string | undefined;
  readonly checkConfig?: string;
}): Program {
  const { haproxyCmd, files, peer, checkConfig = CHECK_CONFIG } = options;
  return [
    haproxyCmd,
    '-c',
    ...[...files, checkConfig].flatMap((file) => ['-f', file]),
    ...(peer === undefined ? [] : ['-L', peer]),
  ];
}

const KIB = 1024;
const MIB = KIB * KIB;
const LEAST_MEMORY = 512 * MIB;
const MEMORY_SHARE = 4;

/**
 * The address space that a check may have, in bytes: a quarter of the machine's memory, and 512 MiB at least. A check of
 * 10 000 members with TLS has 270 MiB of it (measured, haproxy 2.6).
 * @param totalKib memory of the machine in KiB
 */
export const checkMemory = (totalKib: number): number =>
  Math.max(LEAST_MEMORY, Math.floor((totalKib * KIB) / MEMORY_SHARE));

/** The command with a limit to its address space (prlimit(1), `--as`). @param bytes of address space */
export const inMemory = (bytes: number, command: Program): Program => [
  'prlimit',
  `--as=${bytes}:${bytes}`,
  '--',
  ...command,
];

/** What haproxy 2.6 and 3.0 print where an allocation fails; `(null)` is a message that found no memory either. */
const MEMORY_MESSAGES = /out of memory|\ballocat|fail to set sink buffer size|\(null\)/i;

/**
 * What is said of a check that failed for want of memory, as a line of its own; '' for another failure.
 * @param bytes the limit that the check had
 */
export function ranOutOfMemory(
  bytes: number,
  { output, signal }: { readonly output: string; readonly signal: string | undefined },
): string {
  const limit = `the ${Math.floor(bytes / MIB)} MiB of memory that a check may take`;
  if (MEMORY_MESSAGES.test(output)) return `haproxy could not load this configuration in ${limit}\n`;
  if (signal === undefined) return '';
  return `haproxy crashed (${signal}) while it loaded this configuration, perhaps for want of memory: it had ${limit}\n`;
}
