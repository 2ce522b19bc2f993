import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPki, issueServerCertificate, type Pki } from '../../../sandbox/controller/pki.ts';

const MAIN = path.resolve('src/main.ts');
const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

describe('the start of the agent', () => {
  let directory: string;
  let pki: Pki;
  let certificate: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'agent-start-'));
    pki = await createPki(directory);
    certificate = await issueServerCertificate(pki, ID, ['127.0.0.1']);
  });

  afterAll(() => rm(directory, { recursive: true }));

  const config = async (text: string): Promise<string> => {
    const file = path.join(directory, 'agent.conf');
    await writeFile(file, text);
    return file;
  };
  const start = (...args: string[]): Promise<{ code: number | null; stderr: string; stdout: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [MAIN, ...args], (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  const good = (changes = ''): string =>
    `[amphora_agent]\namphora_id = ${ID}\nagent_server_ca = ${pki.clientAuthority.certificate}\nagent_server_cert = ${certificate}\n${changes}`;

  it.each([
    ['a file that is not there', undefined, 'no such file'],
    ['no amphora_id', '[amphora_agent]\n', '[amphora_agent] amphora_id: is missing'],
    ['an amphora_id that is no UUID', '[amphora_agent]\namphora_id = x\n', '[amphora_agent] amphora_id'],
    [
      'a port that is none',
      `[haproxy_amphora]\nbind_port = 70000\n[amphora_agent]\namphora_id = ${ID}\n`,
      '[haproxy_amphora] bind_port',
    ],
    ['a line that is none', '[amphora_agent\n', 'line 1'],
    [
      'controllers without a key',
      `[health_manager]\ncontroller_ip_port_list = 10.0.0.1:5555\n[amphora_agent]\namphora_id = ${ID}\n`,
      '[health_manager] heartbeat_key: is missing',
    ],
  ])('ends with one line for %s', async (_what, text, said) => {
    const file = text === undefined ? path.join(directory, 'nowhere.conf') : await config(text);
    const { code, stderr } = await start('--config-file', file);
    expect(code).toBe(1);
    expect(stderr).toContain(file);
    expect(stderr).toContain(said);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['agent_server_cert', '/nowhere/server.pem', "can't read /nowhere/server.pem: no such file"],
    ['agent_server_ca', '/nowhere/ca.pem', "can't read /nowhere/ca.pem: no such file"],
    ['agent_server_ca', '/tmp', "can't read /tmp: is a directory"],
    ['agent_server_ca', '/dev/null', '/dev/null: it contains no certificate'],
    ['agent_server_cert', '/dev/null', '/dev/null: it contains no private key'],
  ])('ends with one line for %s = %s', async (option, value, reason) => {
    const file = await config(good(`${option} = ${value}\n`));
    const { code, stderr } = await start('--config-file', file);
    expect(code).toBe(1);
    expect(stderr).toBe(`amphora-agent: ${file}: [amphora_agent] ${option}: ${reason}\n`);
  });

  it('never shows a secret', async () => {
    const file = await config(
      `[health_manager]\nheartbeat_key = $canary-6f2f\n[amphora_agent]\namphora_id = ${ID}\n`,
    );
    const { code, stderr, stdout } = await start('--config-file', file);
    expect(code).toBe(1);
    expect(stderr).toContain('heartbeat_key');
    expect(stderr + stdout).not.toContain('canary-6f2f');
  });

  it('serves without client certificates on loopback only, with --insecure-dev, which no configuration file can set', async () => {
    const file = await config(`${good('insecure_dev = true\n')}[haproxy_amphora]\nbind_port = 19443\n`);
    const child = spawn(process.execPath, [MAIN, '--config-file', file, '--insecure-dev'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the agent ended')));
      child.stdout.on('data', (text) => {
        if (String(text).includes('API listens')) resolve();
      });
    });
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: 19443, rejectUnauthorized: false }, (response) =>
        resolve(response.statusCode),
      )
        .once('error', reject)
        .end();
    });
    expect(status).toBe(200);
    await expect(
      new Promise((resolve, reject) => {
        request({ host: '::1', port: 19443, rejectUnauthorized: false }, resolve).once('error', reject).end();
      }),
    ).rejects.toThrow(/ECONNREFUSED/);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('names the file that it cannot read', async () => {
    const file = await config(good());
    await chmod(file, 0o000);
    const { stderr } = await start('--config-file', directory);
    expect(stderr).toBe(`amphora-agent: ${directory}: can't read it: is a directory\n`);
  });
});
