import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderCheckScript, renderHaproxyCheckScript } from '../../../src/render/check-scripts.ts';
import { createTemplates } from '../../../src/render/templates.ts';
import { haproxyConfig, until } from '../../support/amphora/amphora-services.ts';

const SOURCE = path.resolve(import.meta.dirname, '../../../src');
const CHECK = path.join(SOURCE, 'bin/haproxy-vrrp-check');

let directory: string;
let haproxy: ChildProcess;
const servers: Server[] = [];
const socket = (name: string): string => path.join(directory, `${name}.sock`);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'vrrp-check-'));
  const config = path.join(directory, 'haproxy.cfg');
  await writeFile(
    config,
    haproxyConfig(socket('good'), 'fine', [10]).replace(/bind .*/, `bind ${socket('http')}`),
  );
  haproxy = spawn('haproxy', ['-W', '-f', config], { stdio: 'ignore' });
  await listen('silent', () => undefined);
  await listen('closing', (server) => server.end());
  await listen('newline', (server) => server.end('\n'));
  await until(() => spawnSync('socat', ['/dev/null', `UNIX-CONNECT:${socket('good')}`]).status === 0);
});

afterAll(async () => {
  for (const server of servers) server.close();
  haproxy?.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

/** spawnSync would block a server in this process, so these checks are run by spawn. */
async function listen(name: string, accept: (server: import('node:net').Socket) => void): Promise<void> {
  const server = createServer((connection) => {
    connection.on('error', () => undefined);
    connection.once('data', () => accept(connection));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socket(name), resolve));
}

async function check(...names: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(CHECK, names.map(socket), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

describe('haproxy-vrrp-check', () => {
  it.each([
    ['no socket', [], 0],
    ['a haproxy that answers', ['good'], 0],
    ['two that answer', ['good', 'good'], 0],
    ['a socket that answers with an empty line', ['newline'], 0],
    ['a socket that is absent', ['absent'], 1],
    ['a socket that closes without an answer', ['closing'], 1],
    ['a socket that stays silent', ['silent'], 1],
    ['a bad one before a good one', ['absent', 'good'], 1],
    ['a bad one behind a good one', ['good', 'closing'], 1],
    ['many silent ones', ['silent', 'silent', 'silent', 'silent'], 1],
  ])('reports %s by its exit code only', async (_what, names, code) => {
    expect(await check(...names)).toEqual({ code, output: '' });
  });

  it('waits for a silent haproxy for less than the 5 s between two checks', () => {
    expect(spawnSync('timeout', ['5', CHECK, socket('silent'), socket('silent')]).status).toBe(1);
  });
});

describe('the check script that keepalived runs', () => {
  const run = async (scripts: Record<string, string>): Promise<number | null> => {
    const checks = await mkdtemp(path.join(directory, "check's scripts-"));
    for (const [name, text] of Object.entries(scripts)) await writeFile(path.join(checks, name), text);
    const script = path.join(directory, 'check_script.sh');
    const render = createTemplates(path.resolve(SOURCE, '../templates'));
    await writeFile(script, renderCheckScript(render, { checkScripts: checks }), { mode: 0o755 });
    return spawnSync(script).status;
  };

  it.each([
    ['no check at all', {}, 0],
    ['checks that are content', { a: 'exit 0', b: 'true' }, 0],
    ['one that fails', { a: 'exit 0', b: 'exit 3' }, 3],
    ['two that fail, which add up', { a: 'exit 2', b: 'exit 3' }, 5],
    ['two whose sum a byte would lose', { a: 'exit 128', b: 'exit 128' }, 255],
    ['one that needs bash', { a: 'shopt -s nullglob; [[ a == a ]]' }, 0],
    ['a file under way, which is passed over', { '.amphora-agent-1': 'exit 1' }, 0],
  ])('with %s', async (_what, scripts, code) => {
    expect(await run(scripts)).toBe(code);
  });
});

describe('ping-wrapper.sh', () => {
  const ping = (address: string): number | null =>
    spawnSync(path.join(SOURCE, 'bin/ping-wrapper.sh'), [], { env: { HAPROXY_SERVER_ADDR: address } }).status;

  it.each(['127.0.0.1', '::1'])('succeeds for %s', (address) => {
    expect(ping(address)).toBe(0);
  });

  it.each(['192.0.2.77', '2001:db8::77'])('fails for %s', (address) => {
    expect(ping(address)).not.toBe(0);
  });
});

describe('the check script of haproxy without the command haproxy-vrrp-check', () => {
  async function scriptOf(...names: string[]): Promise<number | null> {
    const render = createTemplates(path.join(SOURCE, '../templates'));
    const script =
      renderHaproxyCheckScript(render, {
        commands: path.join(directory, 'no-commands'),
        sockets: names.map(socket),
        hasLvsListeners: false,
        hasServed: true,
      }) ?? '';
    const file = path.join(directory, 'check-haproxy.sh');
    await writeFile(file, script);
    const child = spawn('/bin/bash', [file], { env: { PATH: directory }, stdio: 'ignore' });
    return new Promise((resolve) => child.once('close', resolve));
  }

  it('succeeds while every haproxy listens', async () => {
    expect(await scriptOf('good')).toBe(0);
    expect(await scriptOf('good', 'silent')).toBe(0);
  });

  it('fails if one haproxy does not listen', async () => {
    await writeFile(socket('left'), '');
    for (const name of ['nowhere', 'left']) {
      expect(await scriptOf(name)).toBe(1);
      expect(await scriptOf('good', name)).toBe(1);
    }
  });
});
