import {
  NAMESPACE_QUESTIONS,
  type NamespaceInterface,
  parseNamespaceState,
} from '../../domain/network/ip-json.ts';
import { CommandFailed } from '../../errors.ts';
import type { Argv, CommandRunner } from '../command.ts';
import { ENTER_NAMESPACE } from './enter-namespace.ts';

/** What one look at the namespace amphora-haproxy shows. */
export interface NetworkSight {
  /** @throws CommandFailed when `ip` failed */
  interfaces(): readonly NamespaceInterface[];
  /** Returns the JSON of nft(8) about all tables; '' when nobody asked for it. @throws CommandFailed when `nft` failed */
  tables(): string;
  /** lines `KEY = VALUE`; a key that the kernel doesn't have is missing */
  readonly settings: string;
}

/** Looks at the whole namespace with one program, because each start of a program costs the agent milliseconds. */
export interface NetworkLook {
  /** @throws CommandFailed */
  look(options: { readonly withTables: boolean; readonly keys: readonly string[] }): Promise<NetworkSight>;
}

const TIMEOUT_MS = 10_000;
/** A status of wait(2) has the exit code above these bits. */
const EXIT_CODE_BITS = 8;

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
    const part = (name: string, program: Argv): string => {
      const failed = parts.get(`failed ${name}`);
      if (failed !== undefined) throw partFailure(program, failed);
      return parts.get(name) ?? '';
    };
    return {
      interfaces: () => parseNamespaceState({ 4: part('4', ['ip', '-4']), 6: part('6', ['ip', '-6']) }),
      tables: () => part('tables', ['nft', '-j', 'list', 'ruleset']),
      settings: parts.get('settings') ?? '',
    };
  },
});

/** @param text the status of the program by wait(2), and its messages in the lines below */
function partFailure(argv: Argv, text: string): CommandFailed {
  const [status = '', ...messages] = text.split('\n');
  const exitCode = Number(status) >> EXIT_CODE_BITS;
  const reason = exitCode === 0 ? `ended by signal ${status}` : `exit code ${exitCode}`;
  return new CommandFailed({
    ...{ argv, exitCode: exitCode === 0 ? undefined : exitCode, timedOut: false, reason },
    output: messages.join('\n').trim(),
  });
}
