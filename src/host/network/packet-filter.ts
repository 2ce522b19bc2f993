import { readTables, type Tables } from '../../domain/drift/table-drift.ts';
import type { IpVersion } from '../../domain/network/addresses.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import type { Argv, CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';

/** The kernel's packet filter inside the namespace amphora-haproxy. */
export interface PacketFilter {
  /** Returns the program that loads rules. Returns undefined when the image has neither program. */
  program(): Promise<'nft' | 'iptables' | undefined>;
  /** Has nft(8) check a text. Loads nothing. @throws CommandFailed with the output of nft when nft refuses the text */
  checkNft(text: string): Promise<void>;
  /** Loads a text for nft(8) in one transaction. @throws CommandFailed with the output of nft; nothing has changed then */
  loadNft(text: string): Promise<void>;
  /**
   * Returns the tables of a text once it is loaded, for a comparison with the loaded ones. Has nft(8) load the text into a network
   * namespace that ends with nft. The tables of the last text are kept. @throws CommandFailed when nft refuses the text
   */
  expectedNft(text: string): Promise<Tables>;
  /** Returns the output of iptables-save(8). */
  savedIptables(version: IpVersion): Promise<string>;
  /** Loads a text for iptables-restore(8). Other rules stay. @throws CommandFailed */
  restoreIptables(text: string, version: IpVersion): Promise<void>;
}

/** The directories of administrative programs on all distributions. */
const PROGRAM_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin'];
const TIMEOUT_MS = 20_000;

/** @param programs the programs to use, in the order of preference */
export function createPacketFilter(
  commands: CommandRunner,
  files: Files,
  programs: readonly ('nft' | 'iptables')[] = ['nft', 'iptables'],
): PacketFilter {
  let expected: { readonly text: string; readonly tables: Tables } | undefined;
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
    async expectedNft(text) {
      if (expected?.text === text) return expected.tables;
      // as an argument: with -e, nft opens /dev/stdin again, which fails for the socket that Node gives to a child
      const argv: Argv = ['unshare', '--net', '--', 'nft', '-j', '-e', text];
      const { stdout } = await commands.run(argv, { timeoutMs: TIMEOUT_MS });
      expected = { text, tables: readTables(stdout) };
      return expected.tables;
    },
    savedIptables: (version) => run([`${iptables(version)}-save`]),
    restoreIptables: async (text, version) =>
      void (await run([`${iptables(version)}-restore`, '--noflush', '--wait', '10'], text)),
  };
}
