import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { KEEPALIVED_CONFIG, makeInterface, until } from '../../support/amphora/amphora-services.ts';
import { apt, buildPackage } from '../installed-package.ts';
import type { LogFindings } from './log-findings.ts';
import {
  configure,
  info,
  keptPki,
  LOAD_BALANCER,
  served,
  startAsking,
  startHaproxy,
  systemctl,
  upload,
  uploadHaproxy,
} from './packaged-amphora.ts';

const DIRECTORY = '/var/lib/log-scenario';
const LOGS = '/var/log';
const UNITS = ['amphora-agent.service', 'amphora-netns.service', 'prometheus-proxy.socket'];
/** The first of the two that controllers write: haproxy sends each line to both, under a facility each. */
const LOG_LINE = 'log /run/rsyslog/octavia/log local0';
/** Behind the time and the host: the program, and what it says. */
const LINE = /^\S+(?: +\d+ [\d:]+)? \S+ ([^\s[:]+)(?:\[\d+\])?: (.*)$/;

/** What tells a line that was printed from one that was sent to syslog. */
const PRINTED = /"syslog":true,|^\[[A-Z]+\] *\(\d+\) *: /;

/** What haproxy prints at its start and at its reload again. */
const AT_EACH_LOAD =
  /^haproxy: (Configuration file is valid|Loading success\.|haproxy version is|path to executable is)/;

/** The text of every file that rsyslog writes. */
async function texts(): Promise<string[]> {
  const names = (await readdir(LOGS)).filter((name) => /^(syslog|.*\.log)$/.test(name));
  return Promise.all(names.map((name) => readFile(path.join(LOGS, name), 'utf8')));
}

/** @param program the beginning of its name in syslog */
async function linesOf(program: string): Promise<{ count: number; twice: string[] }> {
  const said = (await texts()).flatMap((text) =>
    text.split('\n').flatMap((line) => {
      const [, name = '', message = ''] = LINE.exec(line) ?? [];
      return name.startsWith(program) ? [`${name}: ${message.replace(PRINTED, '')}`] : [];
    }),
  );
  return {
    count: said.length,
    twice: said.filter((line, index) => said.indexOf(line) !== index && !AT_EACH_LOAD.test(line)),
  };
}

/** keepalived says some lines more than once by itself: only what stands there more often than in the journal is there twice. */
async function linesOfKeepalived(): Promise<{ count: number; twice: string[] }> {
  const names = ['Keepalived', 'Keepalived_vrrp'];
  const said = names.flatMap((name) =>
    execFileSync('journalctl', ['--no-pager', '--output=cat', `--identifier=${name}`])
      .toString()
      .split('\n')
      .map((message) => `${name}: ${message}`),
  );
  const { count, twice } = await linesOf('Keepalived');
  const times = (lines: readonly string[], line: string): number =>
    lines.filter((other) => other === line).length;
  return { count, twice: twice.filter((line) => times(twice, line) + 1 > times(said, line)) };
}

const isLogged = (pattern: RegExp) => async (): Promise<boolean> =>
  (await texts()).some((text) => pattern.test(text));

/** A line that nothing else writes. @returns what stands in it */
async function ask(name: string): Promise<string> {
  await controller.request({ method: 'GET', path: `/1.0/${name}` });
  return name;
}

await mkdir(DIRECTORY);
const pki = await keptPki(DIRECTORY);
const controller = await startAsking(pki);
execFileSync('systemctl', ['start', 'rsyslog.service']);
const installed = apt(['install', await buildPackage(DIRECTORY, '1.2.3')]).code;
await configure(pki, (text) =>
  text
    .replace('use_syslog = False', 'use_syslog = True\nsyslog_log_facility = LOG_LOCAL1')
    // a worker that a reload replaces writes a line when it stops
    .replace('[haproxy_amphora]\n', '[haproxy_amphora]\nruntime_changes = off\n'),
);
await info(controller);
await uploadHaproxy(controller, DIRECTORY, (text) =>
  text
    .replace('global\n', `global\n    ${LOG_LINE}\n`)
    .replace('defaults\n', 'defaults\n    log global\n    option httplog\n'),
);
await startHaproxy(controller);
await served();
await controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${LOAD_BALANCER}/reload` });
await until(isLogged(/Proxy main stopped/));
makeInterface();
const keepalived = path.join(DIRECTORY, 'keepalived.conf');
await writeFile(
  keepalived,
  KEEPALIVED_CONFIG.replace(/^\}$/m, '  virtual_ipaddress {\n    192.0.2.9\n  }\n}'),
);
await upload(controller, '/1.0/vrrp/upload', keepalived);
await controller.request({ method: 'PUT', path: '/1.0/vrrp/start' });
await until(isLogged(/Entering BACKUP STATE/));
const last = await ask('the-last-request-with-syslog');
await until(isLogged(new RegExp(last)));
execFileSync('journalctl', ['--sync']);
const journal = execFileSync('journalctl', ['--no-pager', '--output=cat', '--unit=amphora-agent'])
  .toString()
  .split('\n')
  .filter((line) => line.startsWith('{'));
const forwarded = {
  agent: await linesOf('amphora-agent'),
  haproxy: await linesOf('haproxy'),
  keepalived: await linesOfKeepalived(),
};

const config = await readFile(AGENT_CONFIG_FILE, 'utf8');
await writeFile(AGENT_CONFIG_FILE, config.replace('use_syslog = True', 'use_syslog = False'));
execFileSync('systemctl', ['restart', 'amphora-agent']);
await info(controller);
const other = await ask('a-request-without-syslog');
await until(isLogged(new RegExp(other)));

const found: LogFindings = {
  installed,
  enabled: UNITS.map((unit) => systemctl('is-enabled', unit)),
  forwarded,
  journal: journal.length,
  notForwarded: (await texts()).join('').split(`"path":"/1.0/${other}"`).length - 1,
};
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
process.exit(0);
