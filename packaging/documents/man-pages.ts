import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { pageOfCommand } from './command-page.ts';
import { pageOfHelpText } from './help-text.ts';
import { type ManualPage, manualPageText } from './manual-page.ts';
import { shippedCommands } from './shipped-commands.ts';

/** The manual page of a command. */
export interface ManPage {
  readonly command: string;
  /** compressed text of the page */
  readonly content: Buffer;
}

/** The commands of the agent that have their own names on PATH, with their names in the agent. */
const AGENT_COMMANDS = { 'amphora-interface': 'interface', 'prometheus-proxy': 'prometheus-proxy' };
/** The Perl programs in src/bin/. Each has its help text after `__END__`. */
const PERL_COMMANDS = ['haproxy-vrrp-check', 'amphora-health-checker'];
const OTHER_PAGES = ['haproxy(1)', 'keepalived(8)'];

/** The names of all manual pages, one for each command on PATH. */
export const MANUAL_PAGES = ['amphora-agent', ...Object.keys(AGENT_COMMANDS), ...PERL_COMMANDS];

/**
 * Returns the manual pages of all commands, made from the text that `--help` prints.
 * @param root folder of the sources @param time seconds since 1970
 */
export async function manPages(
  root: string,
  { version, time }: { readonly version: string; readonly time: number },
): Promise<readonly ManPage[]> {
  const date = new Date(time * 1000).toISOString().slice(0, 10);
  const pages = await readPages(root, version);
  return pages.map((page) => {
    const others = MANUAL_PAGES.filter((name) => name !== page.command).map((name) => `${name}(8)`);
    const text = manualPageText(page, { version, date, seeAlso: [...others, ...OTHER_PAGES] });
    return { command: page.command, content: gzipSync(text, { level: 9 }) };
  });
}

async function readPages(root: string, version: string): Promise<ManualPage[]> {
  const agent = shippedCommands(version);
  const ownNames = Object.entries(AGENT_COMMANDS).map(([name, command]) =>
    pageOfCommand(subcommand(agent, command), name),
  );
  const perl = PERL_COMMANDS.map(async (name) => {
    const [, help = ''] = (await readFile(path.join(root, 'src/bin', name), 'utf8')).split('\n__END__\n');
    return pageOfHelpText(name, help);
  });
  return [pageOfCommand(agent, 'amphora-agent'), ...ownNames, ...(await Promise.all(perl))];
}

function subcommand(agent: Command, name: string): Command {
  const found = agent.commands.find((command) => command.name() === name);
  if (found === undefined) throw new Error(`amphora-agent has no command ${name}`);
  return found;
}
