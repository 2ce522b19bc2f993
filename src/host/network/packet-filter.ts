import type { IpVersion } from '../../domain/network/addresses.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import type { Argv, CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';

/** The kernel's packet filter inside the namespace amphora-haproxy. */
export interface PacketFilter {
  /** what the image loads rules with; undefined where it has neither program */
  program(): Promise<'nft' | 'iptables' | undefined>;
  /** Whether nft takes a text. Loads nothing. @throws CommandFailed with nft's words */
  checkNft(text: string): Promise<void>;
  /** Loads a text for nft(8) in one transaction. @throws CommandFailed with nft's words; nothing has changed then */
  loadNft(text: string): Promise<void>;
  /** What iptables-save(8) prints. */
  savedIptables(version: IpVersion): Promise<string>;
  /** Loads a text for iptables-restore(8), leaving other rules alone. @throws CommandFailed */
  restoreIptables(text: string, version: IpVersion): Promise<void>;
}

/** Where programs of administrators are on any distribution. */
const PROGRAM_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin'];
const TIMEOUT_MS = 20_000;

/** @param programs those that may be used, the preferred one first */
export function createPacketFilter(
  commands: CommandRunner,
  files: Files,
  programs: readonly ('nft' | 'iptables')[] = ['nft', 'iptables'],
): PacketFilter {
  const run = async (argv: Argv, input?: string): Promise<string> => {
    const options = { timeoutMs: TIMEOUT_MS, ...(input === undefined ? {} : { input }) };
    return (await commands.run(['ip', 'netns', 'exec', AMPHORA_NAMESPACE, ...argv], options)).stdout;
  };
  const isInstalled = async (program: string): Promise<boolean> => {
    const places = PROGRAM_DIRECTORIES.map((directory) => files.exists(`${directory}/${program}`));
    return (await Promise.all(places)).includes(true);
  };
  const iptables = (version: IpVersion): string => (version === 4 ? 'iptables' : 'ip6tables');
  return {
    async program() {
      for (const program of programs) if (await isInstalled(program)) return program;
      return undefined;
    },
    checkNft: async (text) => void (await run(['nft', '-c', '-f', '-'], text)),
    loadNft: async (text) => void (await run(['nft', '-f', '-'], text)),
    savedIptables: (version) => run([`${iptables(version)}-save`]),
    restoreIptables: async (text, version) =>
      void (await run([`${iptables(version)}-restore`, '--noflush', '--wait', '10'], text)),
  };
}
