import { writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../src/sandbox/agent-config.ts';
import { PROGRAM_DIRECTORY } from '../../src/sandbox/amphora-files.ts';
import { haproxyConfigText, type LoadBalancer } from '../../src/sandbox/load-balancer.ts';
import { type LoadedAmphora, startLoadedAmphora } from '../bench/loaded-amphora.ts';
import type { AmphoraLab, LabAmphora } from '../support/amphora-lab.ts';
import type { Ask } from '../support/api.ts';
import { startPluggedAmphora } from '../support/plugged-amphora.ts';

const MIB = 1024 * 1024;

describe('the check of a configuration', () => {
  /** Some 480 MiB, which haproxy clears in a second. */
  const LARGE_CACHE = 2_000_000;
  /** What every check here gets along with: a haproxy has 155 MiB of address space before it reads anything. */
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
  /** in bytes: threads share the cache, so that it counts as memory of its worker only where that has used it */
  const largestMapping = async (): Promise<number> => {
    const socket = `UNIX-CONNECT:/var/lib/octavia/${loaded.balancer.id}.sock`;
    const { stdout } = await loaded.amphora.exec(['socat', '-t5', '-', socket], { input: 'show info\n' });
    const mappings = await loaded.amphora.readText(`/proc/${/^Pid: (\d+)$/m.exec(stdout)?.[1]}/smaps`);
    const sizes = [...mappings.matchAll(/^Size:\s+(\d+) kB$/gm)].map(([, kib]) => Number(kib) * 1024);
    return Math.max(...sizes);
  };

  it('takes little memory whatever the size of the TLS session cache, in a dry run, an upload, a reload and a start', async () => {
    const text = withLine(`tune.ssl.cachesize ${LARGE_CACHE}`);
    expect(await loaded.ask('PUT', `${target()}?dry_run=true`, { text })).toMatchObject({
      status: 200,
      json: { valid: true, config: text },
    });
    expect((await loaded.ask('PUT', target(), { text })).status).toBe(202);
    for (const action of ['reload', 'stop', 'start']) expect((await act(action)).status).toBe(202);
    const checks = (await loaded.amphora.readText(CHECKS)).trim().split('\n');
    expect(checks.length).toBeGreaterThanOrEqual(4);
    for (const check of checks) expect(check).toMatch(/ -f \/var\/lib\/octavia\/haproxy-check\.conf -L \S+$/);
  });

  it('leaves what serves the cache that its configuration has', async () => {
    expect(await loaded.amphora.readText(`/var/lib/octavia/${loaded.balancer.id}/haproxy.cfg`)).toContain(
      `    tune.ssl.cachesize ${LARGE_CACHE}\n`,
    );
    expect(await largestMapping()).toBeGreaterThan(400 * MIB);
  });

  it.each([
    ['tune.ssl.cachesize -5', "'tune.ssl.cachesize' expects a positive numeric value."],
    [`tune.ssl.cachesize ${LARGE_CACHE}\n    bogus`, "unknown keyword 'bogus' in 'global' section"],
  ])('still refuses what is wrong, on the line where it stands: %s', async (line, words) => {
    const text = withLine(line);
    const number = text.split('\n').indexOf(`    ${line.split(/\n */).at(-1)}`) + 1;
    expect(await loaded.ask('PUT', target(), { text })).toMatchObject({
      status: 400,
      json: { details: expect.stringContaining(`haproxy.cfg.new:${number}] : ${words}`) },
    });
  });

  it('writes the file that it reads again where that is gone', async () => {
    await loaded.amphora.exec(['rm', '/var/lib/octavia/haproxy-check.conf']);
    expect((await loaded.ask('PUT', target(), { text: loaded.text })).status).toBe(202);
    expect(await loaded.amphora.readText('/var/lib/octavia/haproxy-check.conf')).toContain(
      'cachesize 20000\n',
    );
  });
});

describe('the memory of a check', () => {
  let world: AmphoraLab;
  let amphora: LabAmphora;
  let balancer: LoadBalancer;
  let ask: Ask;
  beforeAll(async () => {
    ({ world, amphora, ask, balancer } = await startPluggedAmphora({ members: 1 }));
  });
  afterAll(() => world?.close());

  it('is a quarter of the machine: what needs more is refused, and the answer says why', async () => {
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
        /^haproxy could not load this configuration in the \d+ MiB of memory that a check may take\n[\s\S]*ring 'large'/,
      ),
    });
  });
});
