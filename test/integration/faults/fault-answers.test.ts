import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import { statusText } from '../../../src/domain/health/status-text.ts';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { faultScene, useSmallDisk } from '../../support/amphora/fault-scene.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { documentedFaults, hasLine } from '../../support/documents/fault-table.ts';
import { pageText } from '../../support/documents/page-text.ts';
import { liveObject } from '../../support/fixture.ts';
import { startMember } from '../../support/haproxy/http-member.ts';

const BASE = '/var/lib/octavia';
/** a port on which nothing listens */
const NOTHING = 1;
const KEEPALIVED = '/usr/sbin/keepalived';
const ANY = Array.from({ length: 256 }, (_, code) => code);
const DEADLINE_MS = 60_000;
const PAGE = '/status in a browser';

/** A look for drift in the middle of a stage would add its own lines for a minute. */
async function prepare(amphora: Pick<LabAmphora, 'exec' | 'box'>): Promise<void> {
  await useSmallDisk(amphora);
  const file = amphora.box.file(AGENT_CONFIG_FILE);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('[amphora_agent]', '[amphora_agent]\ndrift = off'));
}

const lab = usePluggedAmphora({ heartbeatInterval: 0.5, prepare });
const { world, amphora, ask } = lab;
const scene = liveObject(() => made);
let made: ReturnType<typeof faultScene> | undefined;

beforeAll(async () => {
  made = faultScene({ ...lab, vip: lab.vip() });
  await scene.validCertificate();
  await scene.run(scene.tls);
  await scene.startKeepalived();
  await until(async () => (await ask('GET', '/readyz')).status === 200, DEADLINE_MS, 'a ready amphora');
});

/** A fault, and what is true beside its documented lines. */
interface Stage {
  /** @param found looks for the documented lines while the fault lasts */
  readonly stage: (found: () => Promise<void>) => Promise<unknown>;
  /** whether the amphora serves all the same */
  readonly isReady?: true;
}

const exec: typeof amphora.exec = (...parameters) => amphora.exec(...parameters);

const STAGES: Readonly<Record<string, Stage>> = {
  'a haproxy that hangs': {
    async stage(found) {
      const workers = await scene.signalWorkers('STOP');
      await found();
      await scene.signalWorkers('CONT', workers);
    },
  },
  'a member that fails its check': {
    isReady: true,
    stage: (found) => withFailingMembers(found),
  },
  'an expired certificate of a listener': {
    async stage(found) {
      await scene.expiredCertificate();
      await found();
      await scene.validCertificate();
      await scene.run(scene.tls);
    },
  },
  'keepalived that is down': {
    async stage(found) {
      await exec(['mount', '--bind', '/dev/null', KEEPALIVED]);
      const pid = await amphora.readText(`${BASE}/vrrp/octavia-keepalived.pid`);
      await exec(['kill', '-KILL', pid.trim()]);
      await found();
      await exec(['umount', KEEPALIVED]);
      await scene.must('PUT', '/1.0/vrrp/start');
    },
  },
  'a full disk': {
    async stage(found) {
      await exec(['dd', 'if=/dev/zero', `of=${BASE}/filler`, 'bs=64k'], { okCodes: ANY });
      await found();
      await exec(['rm', `${BASE}/filler`]);
    },
  },
  'a missing NIC': {
    async stage(found) {
      const { macAddress } = await amphora.plugNic('member');
      const { cidr, host } = world.lab.networks.member;
      const fixed = { subnet_cidr: cidr, ip_address: host(99), host_routes: [] };
      const body = { mac_address: macAddress, fixed_ips: [fixed], mtu: 1450 };
      await scene.must('POST', '/1.0/plug/network', { json: body });
      await exec(['ip', '-n', 'amphora-haproxy', 'link', 'del', 'eth2']);
      await found();
      await exec(['rm', '/etc/octavia/interfaces/eth2.json']);
    },
  },
  'another heartbeat key at the controller': {
    isReady: true,
    async stage(found) {
      const config = await amphora.readText(AGENT_CONFIG_FILE);
      const other = config.replace(/^heartbeat_key = .*$/m, 'heartbeat_key = another-key');
      await scene.must('PUT', '/1.0/config', { text: other });
      const refused = world.healthManager.refused.length;
      await until(() => world.healthManager.refused.length > refused, DEADLINE_MS, 'a refused heartbeat');
      await found();
      await scene.must('PUT', '/1.0/config', { text: config });
    },
  },
  'a refused upload': {
    isReady: true,
    async stage(found) {
      expect((await scene.upload(scene.tls.replace('balance ', 'blance '))).status).toBe(400);
      await found();
    },
  },
  'a reload that was rolled back': {
    isReady: true,
    async stage(found) {
      const range = `$&\n    bind ${lab.vip()}:8080-8081`;
      await scene.upload(scene.tls.replace(/^ {4}bind .*$/m, range));
      await scene.occupied(8080, async () => {
        expect((await scene.act('reload')).status).toBe(500);
      });
      await found();
    },
  },
  'a service that was stopped': {
    isReady: true,
    async stage(found) {
      await scene.act('stop');
      await found();
      await scene.act('start');
    },
  },
};

/** Has three more members: at one nothing listens, one never answers, and one answers with status 500. */
async function withFailingMembers(found: () => Promise<void>): Promise<void> {
  const host = world.lab.networks.member.gateway;
  const broken = await startMember({ name: 'broken', host });
  broken.answerWith({ status: 500 });
  const connections: Socket[] = [];
  const silent = createServer((socket) => {
    // haproxy resets the connection of a check that is late
    connections.push(socket.on('error', () => undefined));
  }).listen(0, host);
  await once(silent, 'listening');
  const ports = [NOTHING, (silent.address() as AddressInfo).port, broken.port];
  const servers = ports.map(
    (port, index) =>
      `    server 0000000${index}-0000-4000-8000-000000000000 ${host}:${port} check inter 1s\n`,
  );
  await scene.run(scene.tls + servers.join(''));
  await found();
  await scene.run(scene.tls);
  for (const connection of connections) connection.destroy();
  silent.close();
  await broken.close();
}

describe('an amphora without ssh', () => {
  /**
   * Returns the answers by path, and the page of `/status` as a person reads it. The answer of `/status.json` is shown as text, which
   * has each fact of the JSON.
   */
  const answers = async (): Promise<Record<string, string>> => {
    const paths = ['/readyz', '/status', '/status.json', '/metrics'];
    const bodies = await Promise.all(paths.map(async (path) => (await ask('GET', path)).body));
    const [readyz = '', status = '', json = '', metrics = ''] = bodies;
    const shown = statusText(JSON.parse(json));
    const { headers, body: html } = await ask('GET', '/status', { headers: { Accept: 'text/html' } });
    expect(headers['content-type']).toContain('text/html');
    const page = { [PAGE]: pageText(html) };
    return { '/readyz': readyz, '/status': status, ...page, '/status.json': shown, '/metrics': metrics };
  };

  it.each(documentedFaults())('shows $name, and no longer when it is over', async ({ name, lines }) => {
    const { stage, isReady = false } = STAGES[name] ?? {};
    if (stage === undefined) throw new Error('docs/operations.md has a fault without a stage');
    const missing = async (): Promise<string[]> => {
      const texts = await answers();
      expect(texts['/readyz']?.split('\n')[0]).toBe(isReady ? 'ready' : 'not ready');
      return lines.flatMap(({ places, line }) =>
        [...places, ...(places.includes('/status') ? ['/status.json', PAGE] : [])]
          .filter((place) => !hasLine(texts[place] ?? '', line))
          .map((place) => `${place}: ${line}`),
      );
    };
    await stage(() => expect.poll(missing, { timeout: DEADLINE_MS }).toEqual([]));
    await expect
      .poll(async () => (await ask('GET', '/readyz')).body, { timeout: DEADLINE_MS })
      .toBe('ready\n');
  });

  it('has a documented fault for each stage', () => {
    expect(documentedFaults().map(({ name }) => name)).toEqual(Object.keys(STAGES));
  });
});
