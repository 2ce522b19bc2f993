import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPki, issueServerCertificate, type Pki } from '../../../sandbox/controller/pki.ts';

const MAIN = path.resolve('src/main.ts');
const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

function run(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the command line of amphora-agent', () => {
  it('prints the version', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('refuses an unknown command and suggests the nearest one', () => {
    expect(run('frob')).toEqual({
      status: 2,
      stdout: '',
      stderr: "error: unknown command 'frob' (amphora-agent --help lists all)\n",
    });
    expect(run('rolback').stderr).toContain('did you mean rollback?');
  });

  const unusable = ['--config-file', '/nonexistent'];
  it.each([
    ['audit verify', [...unusable, 'audit', 'verify']],
    ['ready', [...unusable, 'ready']],
    ['history', [...unusable, 'history', ID]],
    ['rollback', [...unusable, 'rollback', ID]],
    ['render', ['render', 'package.json', ...unusable]],
    ['ctl status', [...unusable, 'ctl', 'status']],
    ['check', [...unusable, 'check']],
    ['netns', [...unusable, 'netns']],
    ['upgrade', ['upgrade', 'recover', ...unusable]],
  ])('ends %s with 2 when it has no usable configuration', (_name, words) => {
    const { status, stdout, stderr } = run(...words);
    expect({ status, output: stdout + stderr }).toEqual({
      status: 2,
      output: expect.stringContaining("/nonexistent: can't read it: no such file"),
    });
  });

  it.each([
    ['audit', 'repair'],
    ['ready', '--nonsense'],
    ['history'],
    ['history', '../x'],
    ['rollback', 'none'],
    ['check', '--nonsense'],
    ['check-config', '--nonsense'],
    ['diagnostics'],
    ['render', '--kind', 'none', 'package.json'],
    ['render', '/nonexistent.json'],
    ['render', '/'],
    ['bundle', 'verify'],
    ['bundle', 'verify', '/nonexistent', '--key', '/nonexistent'],
    ['bundle', 'none.deb'],
    ['upgrade', 'backwards'],
    ['ctl', 'nonsense'],
    ['--nonsense', 'audit', 'verify'],
  ])('ends with 2 after wrong usage: %s %s %s', (...words) => {
    const { status, stderr } = run(...words);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/./) });
  });

  it('keeps 1 for a daemon that cannot start with its configuration', () => {
    const { status, stderr } = run(...unusable);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "amphora-agent: /nonexistent: can't read it: no such file\n",
    });
  });

  it('documents its exit codes and signals in --help', () => {
    const { stdout } = run('--help');
    expect(stdout).toMatch(/Exit codes:\n +0 .*\n +1 /);
    expect(stdout).toMatch(/SIGHUP +read the configuration file again/);
  });

  it('brings interfaces up with a configuration with which the agent cannot start, as a boot has to', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'broken-config-'));
    const file = path.join(directory, 'agent.conf');
    const settings = `bind_port = none\nbase_path = ${directory}\nbase_cert_dir = ${directory}/certs`;
    await writeFile(file, `[haproxy_amphora]\n${settings}\n[amphora_agent]\namphora_id = ${ID}\n`);
    const { stderr } = run('interface', 'up', 'nope', '--config-file', file);
    await rm(directory, { recursive: true });
    expect(stderr).toContain("Could not find interface 'nope'");
    expect(stderr).toContain('[haproxy_amphora] bind_port');
  });

  it('ends without an error when the reader of its output closes the pipe', () => {
    const line = `"$0" "$1" openapi | head -n 1`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line, process.execPath, MAIN], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '{\n', stderr: '' });
  });
});

describe('amphora-agent check-config', () => {
  let directory: string;
  let pki: Pki;
  let file: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'check-config-'));
    pki = await createPki(directory);
    file = path.join(directory, 'agent.conf');
  });

  afterAll(() => rm(directory, { recursive: true }));

  const good = async (): Promise<string> => `[amphora_agent]
amphora_id = ${ID}
agent_server_ca = ${pki.clientAuthority.certificate}
agent_server_cert = ${await issueServerCertificate(pki, ID, ['127.0.0.1'])}
[health_manager]
controller_ip_port_list = 127.0.0.1:5555
heartbeat_key = SECRET
`;

  it('exits with 0 for a configuration with which the agent can start', async () => {
    await writeFile(file, await good());
    const { status, stdout } = run('check-config', file);
    expect(status).toBe(0);
    expect(stdout).toContain(`${file}: the agent can start with it\n`);
    expect(run('--config-file', file, 'check-config').status).toBe(0);
  });

  it('prints all faults of the options, one per line', async () => {
    await writeFile(file, `${await good()}[haproxy_amphora]\nbind_port = x\nbind_host = y\n`);
    const { status, stderr } = run('check-config', file);
    expect(status).toBe(1);
    expect(stderr).toMatch(/bind_host: .*\n.*bind_port: /);
    expect(stderr).not.toContain('SECRET');
  });

  it('prints all faults of the certificate files', async () => {
    const text = (await good()).replaceAll(/^(agent_server_\w+) = .*$/gm, '$1 = /nowhere.pem');
    await writeFile(file, text);
    const { status, stderr } = run('check-config', file);
    expect(status).toBe(1);
    expect(stderr).toMatch(/agent_server_cert: can't read/);
    expect(stderr).toMatch(/agent_server_ca: can't read/);
  });

  it('prints the faults of options, of certificate files and of this machine at once', async () => {
    const text = `[amphora_agent]
amphora_id = none
agent_server_cert = /nowhere.pem
[haproxy_amphora]
bind_port = x
haproxy_cmd = /nowhere/haproxy
`;
    await writeFile(file, text);
    const { status, stderr } = run('check-config', file);
    expect(status).toBe(1);
    for (const fault of ['amphora_id', 'bind_port', 'agent_server_cert'])
      expect(stderr).toContain(`${fault}: `);
    expect(stderr).toContain('warning: ');
    expect(stderr).toContain('no heartbeats will be sent');
    expect(stderr).toContain(
      'broken: /nowhere/haproxy: missing or not executable: no load balancer can run (try: ',
    );
  });

  it('reports a missing configuration file', () => {
    expect(run('check-config', '/nowhere.conf')).toEqual({
      status: 1,
      stdout: '',
      stderr: "/nowhere.conf: can't read it: no such file\n",
    });
  });

  it('starts neither the API nor heartbeats', async () => {
    await writeFile(file, await good());
    run('check-config', file);
    expect(execFileSync('ss', ['--listening', '--tcp', '--numeric']).toString()).not.toContain(':9443 ');
  });
});
