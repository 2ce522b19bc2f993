import {
  NAMESPACE_QUESTIONS,
  type NamespaceInterface,
  parseNamespaceState,
} from '../../domain/network/ip-json.ts';
import type { Argv, CommandRunner } from '../command.ts';
import { ENTER_NAMESPACE } from './enter-namespace.ts';

/** What one look at the namespace amphora-haproxy shows. */
export interface NetworkSight {
  readonly interfaces: readonly NamespaceInterface[];
  /** JSON of nft(8) about all tables; '' when nobody asked for it */
  readonly tables: string;
  /** lines `KEY = VALUE`; a key that the kernel doesn't have is missing */
  readonly settings: string;
}

/** Looks at the whole namespace with one program, because each start of a program costs the agent milliseconds. */
export interface NetworkLook {
  /** @throws CommandFailed */
  look(options: { readonly withTables: boolean; readonly keys: readonly string[] }): Promise<NetworkSight>;
}

const TIMEOUT_MS = 10_000;

/** @param program Perl text, see templates/programs/network-look.pl.njk */
export const createNetworkLook = (commands: CommandRunner, program: () => string): NetworkLook => ({
  async look({ withTables, keys }) {
    const queries = NAMESPACE_QUESTIONS.map((query) => `${query}\n`).join('');
    const argv: Argv = [
      ...ENTER_NAMESPACE,
      'perl',
      '-e',
      program(),
      queries,
      withTables ? 'nft' : 'no',
      ...keys,
    ];
    const { stdout } = await commands.run(argv, { timeoutMs: TIMEOUT_MS });
    const parts = new Map(
      stdout
        .split('\x1e')
        .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
    );
    const part = (name: string): string => parts.get(name) ?? '';
    return {
      interfaces: parseNamespaceState({ 4: part('4'), 6: part('6') }),
      tables: part('tables'),
      settings: part('settings'),
    };
  },
});
