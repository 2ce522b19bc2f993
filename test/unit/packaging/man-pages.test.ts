import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { MANUAL_PAGES, manPages } from '../../../packaging/documents/man-pages.ts';
import { shippedCommands } from '../../../packaging/documents/shipped-commands.ts';
import { INSTALLED_LINKS } from '../../../packaging/installation-tree.ts';
import { REPOSITORY } from '../../repository.ts';

let pages: ReadonlyMap<string, string>;
beforeAll(async () => {
  const made = await manPages(REPOSITORY, { version: '1.2.3', time: 1_700_000_000 });
  pages = new Map(made.map(({ command, content }) => [command, gunzipSync(content).toString()]));
});

/** A page as its reader sees it, without the requests of roff. */
const read = (command: string): string =>
  (pages.get(command) ?? '')
    .replaceAll(/^\.[A-Za-z]+ ?/gm, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\(dq', '"')
    .replaceAll('\\&', '')
    .replaceAll(/\s+/g, ' ');

const HELPED = readdirSync(path.join(REPOSITORY, 'src/bin')).filter((name) => MANUAL_PAGES.includes(name));

describe('the manual pages', () => {
  it('are those of the commands on PATH', () => {
    const commands = INSTALLED_LINKS.map(({ at }) => path.basename(at));
    expect(MANUAL_PAGES.toSorted()).toEqual(commands.toSorted());
  });

  // systemd runs the hidden ones
  const program = shippedCommands('1.2.3');
  const shown = program.createHelp().visibleCommands(program);
  const commands = program.commands
    .filter((command) => shown.includes(command))
    .flatMap((command) => [command, ...command.commands]);

  it.each(commands.map((command) => [command.name(), command] as const))(
    'of amphora-agent has the usage, the arguments and the options of its command %s',
    (_, command) => {
      const help = command.createHelp();
      const page = read('amphora-agent');
      expect(page).toContain(help.commandUsage(command));
      for (const option of help.visibleOptions(command)) {
        if (option.long === '--help') continue;
        expect(page).toContain(`${help.optionTerm(option)} ${help.optionDescription(option)}`);
      }
      for (const argument of help.visibleArguments(command)) {
        expect(page).toContain(`${help.argumentTerm(argument)} ${help.argumentDescription(argument)}`);
      }
    },
  );

  it('of amphora-agent has exit codes and signals, and nothing that only development has', () => {
    const page = read('amphora-agent');
    expect(page).toContain('SIGHUP read the configuration file again');
    expect(page).toMatch(/EXIT CODES 0 success/);
    expect(page).toMatch(/EXIT CODES OF CTL 0 success .* 3 the agent can't be reached/);
    expect(page).not.toMatch(/sandbox|insecure/);
  });

  it('of amphora-interface has its name in the usage, and its exit codes', () => {
    const page = read('amphora-interface');
    expect(page).toContain('SYNOPSIS amphora-interface [options] up|down NAME|all');
    expect(page).toContain('2 an interface, its file or the configuration is faulty');
  });

  it.each(HELPED)('of the program %s has each sentence that it prints for --help', (name) => {
    const help = execFileSync(path.join(REPOSITORY, 'src/bin', name), ['--help'], { encoding: 'utf8' });
    const lines = help.replaceAll(/^(?:Usage: |(?:Options|Exit codes):$)/gm, '').split(/\n{2,}|\n(?= )/);
    const page = read(name);
    for (const line of lines) expect(page).toContain(line.trim().replaceAll(/\s+/g, ' '));
  });
});
