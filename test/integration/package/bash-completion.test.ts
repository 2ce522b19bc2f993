import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bashCompletion } from '../../../packaging/documents/bash-completion.ts';
import { shippedCommands } from '../../../packaging/documents/shipped-commands.ts';

const COMMANDS = shippedCommands('1.2.3');

/** A function that does what bash does at a tab: splits the line, calls the function of the command, shows the replies. */
const TAB = `tab() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  $(complete -p amphora-agent | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
  printf '%s\\n' "\${COMPREPLY[@]}"
}`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'bash-completion-'));
  await writeFile(path.join(directory, 'completion'), bashCompletion(COMMANDS));
  await writeFile(path.join(directory, 'model one.json'), '{}');
});
afterAll(() => rm(directory, { recursive: true }));

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const script = `set -u; source ./completion; ${TAB}; tab amphora-agent "$@"`;
  const output = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], {
    cwd: directory,
    encoding: 'utf8',
  });
  return output.split('\n').filter((line) => line !== '');
}

describe('the completion of amphora-agent in bash', () => {
  it('offers the commands', () => {
    // systemd runs the hidden ones
    const shown = COMMANDS.createHelp().visibleCommands(COMMANDS);
    const names = COMMANDS.commands.filter((command) => shown.includes(command)).map((one) => one.name());
    expect(offered('')).toEqual(names);
    expect(offered('ro')).toEqual(['rollback']);
  });

  it('offers the options of the command', () => {
    expect(offered('--c')).toEqual(['--config-file']);
    expect(offered('render', '--')).toEqual(['--kind', '--listener', '--check', '--config-file', '--help']);
    expect(offered('history', '--j')).toEqual(['--json']);
  });

  it('offers the options of a subcommand, and those of its command only if the command does nothing alone', () => {
    expect(offered('bundle', '--d')).toEqual(['--distribution']);
    expect(offered('bundle', 'verify', '--')).toEqual(['--key', '--json', '--help']);
    expect(offered('ctl', 'drift', '--c')).toContain('--cert');
  });

  it('offers the choices of an option, with a space or with =', () => {
    expect(offered('render', '--kind', '')).toEqual(['haproxy', 'lvs', 'vrrp']);
    expect(offered('render', '--kind', '=')).toEqual(['haproxy', 'lvs', 'vrrp']);
    expect(offered('render', '--kind', '=', 'l')).toEqual(['lvs']);
  });

  it('offers files where a file stands, with spaces in their names', () => {
    expect(offered('render', 'mod')).toEqual(['model one.json']);
    expect(offered('check-config', 'com')).toEqual(['completion']);
    expect(offered('--config-file', 'mod')).toEqual(['model one.json']);
  });

  it('finds the command behind an option whose value is the name of a command', () => {
    expect(offered('--config-file', 'history', 'render', '--k')).toEqual(['--kind']);
  });

  it('offers the subcommands of a command, with its options and theirs', () => {
    const ctl = COMMANDS.commands.find((command) => command.name() === 'ctl');
    expect(offered('ctl', '')).toEqual(ctl?.commands.map((command) => command.name()));
    expect(offered('ctl', '--host', 'status', 'dr')).toEqual(['drain', 'drift']);
    expect(offered('ctl', 'drain', '--c')).toEqual(['--cut', '--cancel', '--cert', '--cacert']);
    expect(offered('ctl', 'status', '--cacert', 'mod')).toEqual(['model one.json']);
    expect(offered('ctl', 'diagnostics', '-o', 'mod')).toEqual(['model one.json']);
  });

  it('offers nothing where bash can not know the value', () => {
    expect(offered('render', '--listener', '')).toEqual([]);
    expect(offered('history', '')).toEqual([]);
  });
});
