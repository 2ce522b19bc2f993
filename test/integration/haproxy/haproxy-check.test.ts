import { readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { PROGRAM_DIRECTORY } from '../../../sandbox/amphora/amphora-files.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { type LoadedAmphora, startLoadedAmphora } from '../../bench/load/loaded-amphora.ts';
import { PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';

const MIB = 1024 * 1024;

describe('the check of a configuration', () => {
  /** Some 480 MiB, which haproxy clears in a second. */
  const LARGE_CACHE = 2_000_000;
  /** The limit of memory for each check here: a haproxy has 155 MiB of address space before it reads a file. */
  const CHECK_MEMORY = 256 * MIB;
  const CHECKS = '/var/lib/octavia/checks';

  let loaded: LoadedAmphora;
  beforeAll(async () => {
    loaded = await startLoadedAmphora();
    const { amphora } = loaded;
    const program = `${PROGRAM_DIRECTORY}/haproxy-whose-checks-are-watched`;
    const script = [
      '#!/bin/sh',
      `case "$1" in -c) echo "$*" >>${CHECKS}; exec prlimit --as=${CHECK_MEMORY} /usr/sbin/haproxy "$@";; esac`,
      'exec /usr/sbin/haproxy "$@"',
    ];
    await writeFile(amphora.box.file(program), `${script.join('\n')}\n`, { mode: 0o755 });
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const changed = config.replace(/^haproxy_cmd = .*$/m, `haproxy_cmd = ${program}`);
    await writeFile(amphora.box.file(AGENT_CONFIG_FILE), changed);
    await amphora.stopAgent();
    await amphora.startAgent();
  });
  afterAll(() => loaded?.world.close());

  const target = (): string => `/1.0/loadbalancer/${loaded.amphora.id}/${loaded.balancer.id}/haproxy`;
  const act = (action: string) => loaded.ask('PUT', `/1.0/loadbalancer/${loaded.balancer.id}/${action}`);
  const withLine = (line: string): string => loaded.text.replace('global\n', `global\n    ${line}\n`);
  /** in bytes: threads share the cache, which counts as memory of the worker only after it was used */
  const largestMapping = async (): Promise<number> => {
    const socket = `UNIX-CONNECT:/var/lib/octavia/${loaded.balancer.id}.sock`;
    const { stdout } = await loaded.amphora.exec(['socat', '-t5', '-', socket], { input: 'show info\n' });
    const mappings = await loaded.amphora.readText(`/proc/${/^Pid: (\d+)$/m.exec(stdout)?.[1]}/smaps`);
    const sizes = [...mappings.matchAll(/^Size:\s+(\d+) kB$/gm)].map(([, kib]) => Number(kib) * 1024);
    return Math.max(...sizes);
  };

  it('takes little memory for any size of the TLS session cache, in a dry run, an upload, a reload and a start', async () => {
    const text = withLine(`tune.ssl.cachesize ${LARGE_CACHE}`);
    expect(await loaded.ask('PUT', `${target()}?dry_run=true`, { text })).toMatchObject({
      status: 200,
      json: { valid: true, config: text },
    });
    expect((await loaded.ask('PUT', target(), { text })).status).toBe(202);
    // another agent has not seen the check of the upload, so its reload checks too
    await loaded.amphora.stopAgent();
    await loaded.amphora.startAgent();
    for (const action of ['reload', 'stop', 'start']) expect((await act(action)).status).toBe(202);
    const checks = (await loaded.amphora.readText(CHECKS)).trim().split('\n');
    expect(checks.length).toBeGreaterThanOrEqual(4);
    for (const check of checks) expect(check).toMatch(/ -f \/var\/lib\/octavia\/haproxy-check\.conf -L \S+$/);
  });

  it('leaves the running haproxy the cache size of its configuration', async () => {
    expect(await loaded.amphora.readText(`/var/lib/octavia/${loaded.balancer.id}/haproxy.cfg`)).toContain(
      `    tune.ssl.cachesize ${LARGE_CACHE}\n`,
    );
    expect(await largestMapping()).toBeGreaterThan(400 * MIB);
  });

  it.each([
    ['tune.ssl.cachesize -5', "'tune.ssl.cachesize' expects a positive numeric value."],
    [`tune.ssl.cachesize ${LARGE_CACHE}\n    bogus`, "unknown keyword 'bogus' in 'global' section"],
  ])('refuses a wrong configuration and names the line: %s', async (line, message) => {
    const text = withLine(line);
    const number = text.split('\n').indexOf(`    ${line.split(/\n */).at(-1)}`) + 1;
    expect(await loaded.ask('PUT', target(), { text })).toMatchObject({
      status: 400,
      json: { details: expect.stringContaining(`haproxy.cfg.new:${number}] : ${message}`) },
    });
  });

  it('refuses a cache that is larger than the memory of the machine, as haproxy itself would at its start', async () => {
    const text = withLine('tune.ssl.cachesize 2000000000');
    const details = expect.stringMatching(
      /^tune\.ssl\.cachesize 2000000000: haproxy would need 457764 MiB of memory for it, and this machine has \d+ MiB\n$/,
    );
    expect(await loaded.ask('PUT', `${target()}?dry_run=true`, { text })).toMatchObject({
      status: 200,
      json: { valid: false, details },
    });
    expect(await loaded.ask('PUT', target(), { text })).toMatchObject({ status: 400, json: { details } });
  });

  it('writes the settings file of the check again if it is missing', async () => {
    await loaded.amphora.exec(['rm', '/var/lib/octavia/haproxy-check.conf']);
    expect((await loaded.ask('PUT', target(), { text: loaded.text })).status).toBe(202);
    expect(await loaded.amphora.readText('/var/lib/octavia/haproxy-check.conf')).toContain(
      'cachesize 20000\n',
    );
  });
});

describe('the memory of a check', () => {
  const { amphora, ask, balancer } = usePluggedAmphora({ members: 1 });

  it('is limited to a quarter of the machine: a configuration that needs more is refused with the reason', async () => {
    const ring = [
      'ring large',
      '    maxlen 1200',
      `    size ${Math.max(Math.floor(totalmem() / 2), 1024 * MIB)}`,
      '    timeout connect 1s',
      '    timeout server 1s',
      '    server log 127.0.0.1:1',
    ];
    const answer = await ask('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: `${haproxyConfigText(balancer)}${ring.join('\n')}\n`,
    });
    expect(answer).toMatchObject({ status: 400, json: { message: 'Invalid request' } });
    expect(answer.json).toMatchObject({
      details: expect.stringMatching(
        /^haproxy could not load this configuration in the \d+ MiB of memory that a check may use\n[\s\S]*ring 'large'/,
      ),
    });
  });
});

describe('an amphora with few file descriptors', () => {
  const LIMIT = 4096;
  // without the capability, as in a container, the agent can't raise its limit
  const limited = [
    'prlimit',
    `--nofile=${LIMIT}:${LIMIT}`,
    'setpriv',
    '--bounding-set=-sys_resource',
  ] as const;
  const programs = { ...PROGRAMS, agent: [...limited, ...PROGRAMS.agent] as const };
  const { amphora, ask, balancer } = usePluggedAmphora({ members: 1, each: () => ({ programs }) });

  const target = (): string => `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
  const stored = (): string => `/1.0/loadbalancer/${balancer.id}/haproxy`;
  const act = (action: string) => ask('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`);
  /** @param connections the limit of the whole haproxy and of its one listener */
  const textWith = (connections: number): string =>
    haproxyConfigText(balancer).replaceAll(/^( *)maxconn .*$/gm, `$1maxconn ${connections}`);

  it('refuses a maxconn for which haproxy would have too few descriptors, and names the highest one', async () => {
    const details = expect.stringMatching(
      new RegExp(
        `^maxconn 50000: haproxy would need 125000 file descriptors for it, and a haproxy that is started here can have ${LIMIT}; .* 1600 connections`,
      ),
    );
    const text = textWith(50_000);
    expect(await ask('PUT', `${target()}?dry_run=true`, { text })).toMatchObject({
      status: 200,
      json: { valid: false, details },
    });
    expect(await ask('PUT', target(), { text })).toMatchObject({ status: 400, json: { details } });
    expect((await ask('GET', stored())).status).toBe(404);
  });

  it('accepts the maxconn that it names, and haproxy starts with it', async () => {
    expect((await ask('PUT', target(), { text: textWith(1600) })).status).toBe(202);
    expect(await act('start')).toMatchObject({ status: 202 });
  });

  it('names the running haproxy if its limit is too low for a reload, and leaves it as it is', async () => {
    const pid = (
      await readFile(amphora.box.file(`/var/lib/octavia/${balancer.id}/${balancer.id}.pid`), 'utf8')
    ).trim();
    expect(await ask('PUT', target(), { text: textWith(1700) })).toMatchObject({
      status: 400,
      json: { details: expect.stringContaining(`haproxy, process ${pid}, can have ${LIMIT}`) },
    });
    expect(await act('reload')).toMatchObject({ status: 202 });
    expect((await ask('GET', stored())).body).toContain('maxconn 1600\n');
  });
});
