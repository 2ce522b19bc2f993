import { CHECK_CONFIG } from '../paths.ts';
import type { Program } from '../program.ts';

/**
 * The text of CHECK_CONFIG, which reduces the memory of a check. `haproxy -c` allocates and clears the TLS session cache,
 * some 250 bytes a block (measured with haproxy 2.6 and 3.0). A controller sizes that cache by the memory of the amphora,
 * and the serving haproxys already use that memory. haproxy keeps the last value that it reads: here the default of its
 * manual (section 3.2, `tune.ssl.cachesize`).
 */
export const CHECK_TEXT = `# Written by amphora-agent. A check reads this file last, so that it needs little memory.
global
    tune.ssl.cachesize 20000
`;

/**
 * Returns the command that checks configurations and serves nothing.
 * @param options.files in haproxy's order @param options.peer haproxy's own name in the peers section
 * @param options.checkConfig a file with CHECK_TEXT
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
 * Returns the address space that a check may use, in bytes: a quarter of the machine's memory, and at least 512 MiB. A check
 * of 10 000 members with TLS needs 270 MiB (measured with haproxy 2.6).
 * @param totalKib memory of the machine in KiB
 */
export const checkMemory = (totalKib: number): number =>
  Math.max(LEAST_MEMORY, Math.floor((totalKib * KIB) / MEMORY_SHARE));

/** Returns the command with a limit of its address space (prlimit(1), `--as`). @param bytes the limit */
export const inMemory = (bytes: number, command: Program): Program => [
  'prlimit',
  `--as=${bytes}:${bytes}`,
  '--',
  ...command,
];

/**
 * The messages of haproxy 2.6 and 3.0 after a failed allocation. haproxy prints `(null)` when it has no memory for a
 * message.
 */
const MEMORY_MESSAGES = /out of memory|\ballocat|fail to set sink buffer size|\(null\)/i;

/**
 * Returns a line that says that a check failed for lack of memory, or '' when it failed for another reason.
 * @param bytes the limit of the check's address space
 */
export function ranOutOfMemory(
  bytes: number,
  { output, signal }: { readonly output: string; readonly signal: string | undefined },
): string {
  const limit = `the ${Math.floor(bytes / MIB)} MiB of memory that a check may use`;
  if (MEMORY_MESSAGES.test(output)) return `haproxy could not load this configuration in ${limit}\n`;
  if (signal === undefined) return '';
  return `haproxy crashed (${signal}) while it loaded this configuration, perhaps for lack of memory: its limit was ${limit}\n`;
}
