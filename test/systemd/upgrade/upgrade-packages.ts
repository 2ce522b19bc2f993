import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createFiles } from '../../../src/host/files.ts';
import { buildFormerPackage } from '../../../src/host/upgrade/former-package.ts';

/** Packages that a test upgrades an amphora with. */

const HAPROXY_PROGRAM = 'usr/sbin/haproxy';
const HEARTBEAT_PROGRAM = 'usr/lib/amphora-agent/heartbeat.js';
const AGENT_PROGRAM = 'usr/lib/amphora-agent/amphora-agent.cjs';
/** The program itself doesn't know the Debian revision of a rebuild, so another letter in its version stands for a patch. */
const VERSION_IN_PROGRAM = /(HAProxy version )(\d+\.\d+\.\d+-\d)\b/;

/** Builds a package from its files on this machine. @returns its path */
export async function installedPackage(directory: string, name: string): Promise<string> {
  const file = path.join(directory, `${name}-installed.deb`);
  await buildFormerPackage({ commands: createCommandRunner(), files: createFiles() }, name, file);
  return file;
}

interface Change {
  /** added to the version of the package */
  readonly suffix: string;
  /** changes the unpacked package */
  readonly change: (tree: string) => Promise<void>;
}

/** Builds a changed copy of a package. @returns its path */
export async function changedPackage(file: string, { suffix, change }: Change): Promise<string> {
  const tree = await mkdtemp(path.join(path.dirname(file), 'tree-'));
  execFileSync('dpkg-deb', ['--raw-extract', file, tree]);
  const control = path.join(tree, 'DEBIAN/control');
  const text = await readFile(control, 'utf8');
  await writeFile(control, text.replace(/^(Version: .*)$/m, `$1${suffix}`));
  await change(tree);
  const changed = `${file.replace(/\.deb$/, '')}${suffix}.deb`;
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, changed]);
  await rm(tree, { recursive: true });
  return changed;
}

/** A haproxy that shows another version, as a patched one does. @param letter one character */
export const patchedHaproxy = (file: string, letter: string): Promise<string> =>
  changedPackage(file, {
    suffix: `+patch${letter}`,
    async change(tree) {
      const program = path.join(tree, HAPROXY_PROGRAM);
      const bytes = await readFile(program);
      const version = execFileSync(program, ['-v']).toString().match(VERSION_IN_PROGRAM)?.[2] ?? '';
      const patched = `${version.slice(0, -1)}${letter}`;
      // latin1 maps each byte to one character
      await writeFile(program, bytes.toString('latin1').replaceAll(version, patched), 'latin1');
    },
  });

/** A haproxy that refuses every configuration. */
export const refusingHaproxy = (file: string): Promise<string> =>
  changedPackage(file, {
    suffix: '+refuses',
    async change(tree) {
      const program = path.join(tree, HAPROXY_PROGRAM);
      await writeFile(program, '#!/bin/sh\necho "[ALERT] unknown keyword \'frontend\'" >&2\nexit 1\n');
      await chmod(program, 0o755);
    },
  });

/** The same program under another version: an agent or a keepalived. */
export const newer = (file: string): Promise<string> =>
  changedPackage(file, { suffix: '+next', change: async () => undefined });

/** An agent that does something else than serve. Its other commands work. @param daemon JavaScript in place of the daemon */
const agentWhoseDaemon = (file: string, suffix: string, daemon: string): Promise<string> =>
  changedPackage(file, {
    suffix,
    async change(tree) {
      const program = path.join(tree, AGENT_PROGRAM);
      const [first = '', ...rest] = (await readFile(program, 'utf8')).split('\n');
      // the daemon is started with `--config-file FILE` alone
      const guard = `if (process.argv.length === 4) { ${daemon} } else {`;
      await writeFile(program, [first, guard, ...rest, '}', ''].join('\n'));
    },
  });

export const crashingAgent = (file: string): Promise<string> =>
  agentWhoseDaemon(file, '+crashes', 'process.exit(7);');

export const silentAgent = (file: string): Promise<string> =>
  agentWhoseDaemon(file, '+silent', 'setInterval(() => undefined, 1000);');

/** An agent that answers and sends no heartbeat: the program of its heartbeat thread does nothing. */
export const muteAgent = (file: string): Promise<string> =>
  changedPackage(file, {
    suffix: '+mute',
    async change(tree) {
      const program = path.join(tree, HEARTBEAT_PROGRAM);
      await writeFile(program, '(function(){setInterval(() => undefined, 1000);})');
    },
  });
