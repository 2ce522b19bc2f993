import { access, chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Amphora } from '../../sandbox/amphora/amphora.ts';
import { type AgentPrograms, PROGRAM_DIRECTORY } from '../../sandbox/amphora/amphora-files.ts';
import { shellWord } from '../../sandbox/controller/controller.ts';
import type { Box } from '../../sandbox/lab/box.ts';
import { until } from '../../sandbox/programs/long-running.ts';
import { PROGRAMS } from '../support/amphora/amphora-lab.ts';

const SYSTEMCTL = path.resolve(import.meta.dirname, '../fixtures/systemctl.py');
const SYSLOG_SOCKET = '/run/rsyslog/octavia/log';
const LOG_READY_MS = 5000;

/** An entry of Octavia's Python package, as the scripts in /usr/bin of Debian's octavia-agent call it. */
const entry = (module: string): readonly [string, ...string[]] => [
  '/usr/bin/python3',
  '-c',
  [
    'import os, sys',
    'os.chdir("/")',
    // octavia-agent reads a configuration file with its own name
    `sys.argv[0] = "amphora-${module}"`,
    `from octavia.cmd.${module} import main`,
    'sys.exit(main())',
  ].join('; '),
];

/** Debian's octavia-agent: its code is in python3-octavia, the package of that name adds only what starts it. */
export const PYTHON_PROGRAMS: AgentPrograms = { ...PROGRAMS, agent: entry('agent') };

/** Gives the box the files that octavia-agent expects on its machine. */
export async function preparePythonAmphora({ box }: Amphora): Promise<void> {
  const directory = box.file(PROGRAM_DIRECTORY);
  const scripts = { 'amphora-interface': 'interface', 'haproxy-vrrp-check': 'haproxy_vrrp_check' };
  for (const [name, module] of Object.entries(scripts)) {
    const command = entry(module).map(shellWord).join(' ');
    await writeFile(path.join(directory, name), `#!/bin/sh\nexec ${command} "$@"\n`);
  }
  await writeFile(box.file('/var/lib/octavia/plugged_interfaces'), '');
  await pretendSystemd(box);
  await takeLog(box);
}

/**
 * Gives the box the stand-in for systemctl. octavia-agent asks process 1 for its name, and ours and /usr/sbin/service look for
 * this directory.
 */
export async function pretendSystemd(box: Box): Promise<void> {
  const systemctl = path.join(box.file(PROGRAM_DIRECTORY), 'systemctl');
  await copyFile(SYSTEMCTL, systemctl);
  await chmod(systemctl, 0o755);
  await mkdir(box.file('/run/systemd/system'), { recursive: true });
  await writeFile(box.file('/run/comm'), 'systemd\n');
  await box.run(['mount', '--bind', '/run/comm', '/proc/1/comm']);
}

/** Gives the box a /var/log and a syslog socket, without which octavia-agent does not start. */
async function takeLog(box: Box): Promise<void> {
  await box.run(['mount', '-t', 'tmpfs', 'private', '/var/log']);
  await mkdir(box.file(path.dirname(SYSLOG_SOCKET)), { recursive: true });
  await box.start(['socat', '-u', `UNIX-RECV:${SYSLOG_SOCKET}`, 'OPEN:/dev/null']);
  await until(() => exists(box.file(SYSLOG_SOCKET)), LOG_READY_MS, 'the log socket');
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
