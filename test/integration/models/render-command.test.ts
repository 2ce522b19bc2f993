import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RenderOptions, runRender } from '../../../src/commands/render.ts';
import { lvsJson, lvsPoolJson, monitorJson, vrrpJson } from '../../support/keepalived/keepalived-models.ts';
import { lvsText, vrrpText } from '../../support/keepalived/rendered-keepalived.ts';
import { exampleId, listenerJson, loadBalancerJson, memberJson } from '../../support/models/models.ts';

const ENTRY = path.resolve(import.meta.dirname, '../../../src/main.ts');
const TEMPLATES = path.resolve(import.meta.dirname, '../../../templates');
const udp = (index: number) =>
  listenerJson({
    listener_id: exampleId(2, index),
    protocol: 'UDP',
    protocol_port: 53 + index,
    default_pool: lvsPoolJson({ pool_id: exampleId(3, index) }),
  });
const MIXED = loadBalancerJson({ vip_address: '10.0.0.10', listeners: [listenerJson(), udp(1), udp(2)] });

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'render-command-'));
});
afterAll(() => rm(directory, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly printed: string;
  readonly said: string;
}

/** Runs the command in this process with a model on standard input. @returns the text of each output stream */
async function render(model: unknown, options: Partial<RenderOptions> = {}): Promise<Ended> {
  const [printed, said]: string[][] = [[], []];
  const text = typeof model === 'string' ? model : JSON.stringify(model);
  const code = await runRender(
    { model: '-', kind: undefined, listener: undefined, check: false, configFile: undefined, ...options },
    {
      input: Readable.from([Buffer.from(text)]),
      print: (part) => printed?.push(part),
      say: (part) => said?.push(part),
    },
    TEMPLATES,
  );
  return { code, printed: printed?.join('') ?? '', said: said?.join('') ?? '' };
}

/** Runs the program itself, on a machine without any file of an agent. */
const runProgram = (args: readonly string[], input: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [ENTRY, 'render', ...args], (_error, printed, said) =>
      resolve({ code: child.exitCode, printed, said }),
    );
    child.stdin?.end(input);
  });

async function configFile(text: string): Promise<string> {
  const file = path.join(directory, 'agent.conf');
  await writeFile(file, `${text}[amphora_agent]\namphora_id = ${exampleId(6)}\n`);
  return file;
}

describe('amphora-agent render', () => {
  it.each([
    ['VRRP', vrrpJson(), vrrpText(vrrpJson())],
    ['a load balancer with nothing but a UDP listener', lvsJson(), lvsText(lvsJson())],
  ])('recognises the model of %s, and prints only its configuration', async (_what, model, text) => {
    expect(await render(model)).toEqual({ code: 0, printed: text, said: '' });
  });

  it('prints haproxy.cfg of a load balancer, and of its other listeners the named one', async () => {
    expect((await render(MIXED)).printed).toContain(`frontend ${exampleId(2)}\n`);
    const { printed } = await render(MIXED, { listener: exampleId(2, 2) });
    expect(printed).toContain(`# Configuration for Listener ${exampleId(2, 2)}\n`);
    expect(printed).toContain('10.0.0.10 55\n');
  });

  it('accepts one listener with its VIP', async () => {
    const { code, printed } = await render({ ...udp(1), vip_address: '10.0.0.10' });
    expect(code).toBe(0);
    expect(printed).toContain(`# Configuration for Listener ${exampleId(2, 1)}\n`);
  });

  it('reads a file and a configuration of the agent', async () => {
    const model = path.join(directory, 'model.json');
    await writeFile(model, JSON.stringify(vrrpJson()));
    const config = await configFile('[haproxy_amphora]\nbase_path = /srv\n');
    const { code, printed } = await runProgram([model, '--config-file', config], '');
    expect(code).toBe(0);
    expect(printed).toContain('script /srv/vrrp/check_script.sh\n');
  });

  it('reads standard input too, and prints errors on standard error', async () => {
    const model = JSON.stringify(vrrpJson({ priority: 0, instance: 'a b' }));
    const { code, printed, said } = await runProgram(['-'], model);
    expect([code, printed]).toEqual([1, '']);
    expect(said).toMatch(/^instance: .+\npriority: .+\n$/);
  });

  it.each<[string, unknown, Partial<RenderOptions>, RegExp]>([
    ['no JSON', 'x', {}, /^model: not JSON: .+\n$/],
    [
      'a fault deep inside',
      lvsJson({ members: [memberJson({ address: 'x' })] }),
      {},
      /^listeners\[0\]\.default_pool\.members\[0\]\.address: not an IP address\n$/,
    ],
    [
      'several UDP listeners',
      MIXED,
      { kind: 'lvs' },
      /^--listener: several UDP and SCTP listeners in the model \(.+\)\n$/,
    ],
    [
      'no such listener',
      MIXED,
      { listener: exampleId(9) },
      /^--listener: no such UDP or SCTP listener in the model \(.+\)\n$/,
    ],
    [
      'a listener for VRRP',
      vrrpJson(),
      { listener: exampleId(9) },
      /^--listener works only with the kind lvs, but the kind is vrrp\n$/,
    ],
    ['a model of another kind', vrrpJson(), { kind: 'haproxy' }, /^loadbalancer_id: required\n/],
  ])('ends with 1 for %s, with a line a fault and no configuration', async (_what, model, options, said) => {
    const ended = await render(model, options);
    expect(ended).toMatchObject({ code: 1, printed: '' });
    expect(ended.said).toMatch(said);
  });
});

describe('amphora-agent render --check', () => {
  it.each([
    ['VRRP', vrrpJson()],
    ['LVS', lvsJson({ healthmonitor: monitorJson('HTTP') })],
    ['haproxy', MIXED],
  ])('accepts %s, and leaves no file behind', async (_what, model) => {
    expect(await render(model, { check: true })).toMatchObject({ code: 0, said: '' });
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('amphora-render-'))).toEqual([]);
  });

  it('puts the certificates of the model where haproxy looks for them', async () => {
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(directory, name));
    const subject = ['-subj', '/CN=www.example', '-days', '1'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      ...subject,
    ];
    execFileSync('openssl', [...made, '-keyout', `${key}`, '-out', `${certificate}`], { stdio: 'ignore' });
    const default_tls_container_data = {
      certificate: await readFile(`${certificate}`, 'utf8'),
      private_key: await readFile(`${key}`, 'utf8'),
    };
    const terminating = listenerJson({
      protocol: 'TERMINATED_HTTPS',
      protocol_port: 443,
      default_tls_container_data,
    });
    const ended = await render(loadBalancerJson({ listeners: [terminating] }), { check: true });
    expect(ended).toMatchObject({ code: 0, said: '' });
    expect(ended.printed).toContain(' /var/lib/octavia/certs/');
  });

  it.each([
    [
      "ends with 1 and haproxy's words for what haproxy refuses",
      '#!/bin/sh\necho refused\nexit 1\n',
      1,
      'refused\n',
    ],
    ['says where there is none', undefined, 0, 'not checked: HAPROXY is not installed\n'],
  ])('%s', async (_what, program, code, said) => {
    const haproxy = path.join(directory, `haproxy-${code}`);
    if (program !== undefined) await writeFile(haproxy, program, { mode: 0o755 });
    const config = await configFile(`[haproxy_amphora]\nhaproxy_cmd = ${haproxy}\n`);
    const ended = await render(MIXED, { check: true, configFile: config });
    expect(ended).toMatchObject({ code, said: said.replace('HAPROXY', haproxy) });
    expect(ended.printed).toContain('frontend ');
  });
});
