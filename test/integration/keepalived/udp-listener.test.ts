import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PROGRAM_DIRECTORY } from '../../../sandbox/amphora/amphora-files.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import {
  FIRST,
  IPVSADM,
  IPVSADM_STATS,
  LVS,
  lvsConfigText,
  SECOND,
} from '../../support/keepalived/lvs-examples.ts';
import { md5 } from '../../support/md5.ts';
import { exampleId } from '../../support/models/models.ts';

const DIRECTORY = '/var/lib/octavia/lvs';
const CONFIG = `${DIRECTORY}/octavia-keepalivedlvs-${LVS.listener}.conf`;
/** A configuration that keepalived also runs without IPVS: it needs nothing from the kernel. */
const IDLE = lvsConfigText({ members: [] });

/** The listener in the status, by the recorded outputs of ipvsadm. */
const SHOWN = {
  ...{ id: LVS.listener, status: 'ACTIVE', vips: ['10.0.0.10'], connections: 7 },
  pool: {
    ...{ id: LVS.pool, status: 'UP' },
    members: [
      { id: FIRST.id, status: 'UP', address: '10.0.0.99:82', sessions: 5, check: null },
      { id: SECOND.id, status: 'DRAIN', address: '10.0.0.98:82', sessions: 2, seconds_since_change: null },
      { id: LVS.disabled, status: 'MAINT', address: null, sessions: null },
    ],
  },
};

const { world, amphora, ask } = useAmphoraLab();

const upload = (text: string, version = '1.0', id: string = LVS.listener) =>
  ask('PUT', `/${version}/listeners/${amphora.id}/${id}/udp_listener`, { text });
const act = (action: string) => ask('PUT', `/1.0/loadbalancer/${LVS.listener}/${action}`);

describe('a UDP listener over API 1.0', () => {
  it("has a namespace that forwards packets, independent of the kernel's defaults", async () => {
    const names = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];
    const { stdout } = await amphora.exec(['sysctl', '--values', ...names], { inNamespace: true });
    expect(stdout).toBe('1\n1\n');
  });

  it('is unknown before its first upload', async () => {
    const answer = await ask('GET', `/1.0/listeners/${LVS.listener}/udp_listener`);
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      message: 'UDP Listener Not Found',
      details: `No UDP listener with UUID: ${LVS.listener}`,
    });
    expect((await act('start')).json).toEqual({
      message: 'Loadbalancer Not Found',
      details: `No loadbalancer with UUID: ${LVS.listener}`,
    });
  });

  it('is uploaded and read back byte for byte', async () => {
    const answer = await upload(IDLE);
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"message":"OK"}');
    expect(answer.headers['etag']).toBe(md5(IDLE));
    const read = await ask('GET', `/1.0/listeners/${LVS.listener}/udp_listener`);
    expect(read.status).toBe(200);
    expect(read.headers['content-type']).toBe('text/plain; charset=UTF-8');
    expect(read.headers['etag']).toBeUndefined();
    expect(read.body).toBe(IDLE);
  });

  it('has its files with the modes of an amphora', async () => {
    const scripts = ['udp_check.sh', 'http_check.sh'].map((name) => `${DIRECTORY}/check/${name}`);
    const { stdout } = await amphora.exec(['stat', '-c', '%a', CONFIG, ...scripts]);
    expect(stdout).toBe('644\n755\n755\n');
  });

  it.each([
    ['cut off in the middle of a word', () => lvsConfigText().slice(0, 560)],
    ['empty', () => ' \n'],
    ['no configuration at all', () => 'hello world\n'],
    ['that of another listener', () => lvsConfigText({ listener: randomUUID() })],
  ])('refuses a file that is %s, and the stored file stays', async (_what, text) => {
    const answer = await upload(text());
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      message: 'Invalid request',
      details: expect.stringMatching(/.{10}/),
    });
    expect(await amphora.readText(CONFIG)).toBe(IDLE);
  });

  it('is shown as OFFLINE, started, shown as ACTIVE and counted', async () => {
    expect((await ask('GET', '/1.0/listeners')).json).toEqual([
      { status: 'OFFLINE', uuid: LVS.listener, type: 'UDP' },
    ]);
    expect((await act('start')).body).toBe(
      `{"message":"OK","details":"keepalivedlvs listener ${LVS.listener} started"}`,
    );
    expect((await ask('GET', '/1.0/listeners')).json).toEqual([
      { status: 'ACTIVE', uuid: LVS.listener, type: 'UDP' },
    ]);
    expect((await ask('GET', '/1.0/details')).json).toMatchObject({
      lvs_listener_process_count: 1,
      haproxy_count: 0,
      listeners: [LVS.listener],
    });
    expect((await ask('GET', '/0.5/details')).json).toMatchObject({ udp_listener_process_count: 1 });
  });

  it('runs inside the namespace, can be started while it runs, and is restarted by a reload', async () => {
    const pid = async () => (await amphora.readText(CONFIG.replace('.conf', '.pid'))).trim();
    const before = await pid();
    const { stdout } = await amphora.exec(['ip', 'netns', 'identify', before]);
    expect(stdout.trim()).toBe(AMPHORA_NAMESPACE);
    expect((await act('START')).json).toMatchObject({ details: expect.stringMatching(/ started$/) });
    expect(await pid()).toBe(before);
    expect((await act('reload')).body).toBe(
      `{"message":"OK","details":"keepalivedlvs listener ${LVS.listener} restarted"}`,
    );
    expect(await pid()).not.toBe(before);
  });

  it('goes on while the agent is restarted, and is OPEN in heartbeats with zero counters', async () => {
    const { message } = await world.healthManager.next(({ listeners }) => LVS.listener in listeners);
    expect(message.listeners).toEqual({
      [LVS.listener]: { status: 'OPEN', stats: { tx: 0, rx: 0, conns: 0, totconns: 0, ereq: 0 } },
    });
    expect(message.pools).toEqual({ [LVS.pool]: { status: 'UP', members: { [LVS.disabled]: 'MAINT' } } });
    const before = await amphora.readText(CONFIG.replace('.conf', '.pid'));
    await amphora.stopAgent('SIGKILL');
    await amphora.startAgent();
    expect(await amphora.readText(CONFIG.replace('.conf', '.pid'))).toBe(before);
  });

  it('can be stopped twice', async () => {
    for (let times = 0; times < 2; times += 1) {
      expect((await act('stop')).json).toMatchObject({
        details: `keepalivedlvs listener ${LVS.listener} stoped`,
      });
    }
    expect((await ask('GET', '/1.0/listeners')).json).toMatchObject([{ status: 'OFFLINE' }]);
    expect((await act('frob')).status).toBe(400);
  });

  it('answers 500 with the output of a keepalived without IPVS in the kernel', async () => {
    await upload(lvsConfigText());
    for (const action of ['start', 'reload']) {
      const answer = await act(action);
      expect(answer.status).toBe(500);
      expect(answer.json).toMatchObject({
        message: `Failed to ${action} keepalivedlvs listener ${LVS.listener}`,
        details: expect.stringContaining("Can't initialize ipvs"),
      });
      // the settings beside the configuration name the user that runs the checks
      expect(answer.body).not.toContain('keepalived_script');
    }
  });

  it('answers 202 to a start only when keepalived is ready, and otherwise the reason, with 300 members too', async () => {
    const members = Array.from({ length: 300 }, (_, index) => ({
      id: exampleId(5, index),
      address: `10.1.${Math.floor(index / 200)}.${(index % 200) + 1}`,
      port: 82,
    }));
    await upload(lvsConfigText({ members }));
    for (const action of ['start', 'reload']) {
      const answer = await act(action);
      expect(answer.status).toBe(500);
      expect(answer.json).toMatchObject({
        details: expect.stringMatching(/^IPVS: Can't initialize ipvs: .*\n(?!.*Shutting down service)/),
      });
    }
    await act('stop');
    await upload(lvsConfigText());
  });

  it('is OPEN with zero counters and its monitored members DOWN if the kernel has no IPVS', async () => {
    const { message } = await world.healthManager.next(
      ({ pools }) => FIRST.id in (pools?.[LVS.pool]?.members ?? {}),
    );
    expect(message.listeners).toEqual({
      [LVS.listener]: { status: 'OPEN', stats: { tx: 0, rx: 0, conns: 0, totconns: 0, ereq: 0 } },
    });
    expect(message.pools?.[LVS.pool]).toMatchObject({ status: 'DOWN', members: { [FIRST.id]: 'DOWN' } });
  });

  it('has the counters of ipvsadm in its heartbeats, each counted once', async () => {
    await upload(IDLE);
    await act('reload');
    await upload(lvsConfigText());
    // only now: a heartbeat that comes before has neither counters nor members, and is not the one that is looked at
    await playIpvsadm(IPVSADM, IPVSADM_STATS);
    const counted = await world.healthManager.next(
      ({ listeners }) => (listeners[LVS.listener]?.stats?.['totconns'] ?? 0) > 0,
    );
    expect(counted.message.listeners[LVS.listener]).toEqual({
      status: 'OPEN',
      stats: { tx: 888_888_888_888, rx: 777_777_777_777, conns: 7, totconns: 12_345_678_901, ereq: 0 },
    });
    expect(counted.message.pools).toEqual({
      [LVS.pool]: {
        status: 'UP',
        members: { [FIRST.id]: 'UP', [SECOND.id]: 'DRAIN', [LVS.disabled]: 'MAINT' },
      },
    });
    expect((await ask('GET', '/statistics')).json).toMatchObject({
      udp_and_sctp_listeners: [
        {
          id: LVS.listener,
          listeners: [{ status: 'ACTIVE', sessions: 7, sessions_total: 12_345_678_901 }],
          members: [
            { id: FIRST.id, pool: LVS.pool, status: 'UP' },
            { id: SECOND.id, status: 'DRAIN' },
            { id: LVS.disabled, status: 'MAINT' },
          ],
        },
      ],
    });
    const { message } = await world.healthManager.next(({ seq }) => seq > counted.message.seq);
    expect(message.listeners[LVS.listener]?.stats).toMatchObject({ tx: 0, rx: 0, conns: 7, totconns: 0 });
    expect((await ask('GET', '/status.json')).json).toMatchObject({ udp_and_sctp_listeners: [SHOWN] });
  });

  it('is removed with all its files when it is deleted, running, without a pid file, and a second time', async () => {
    await amphora.exec(['rm', CONFIG.replace('.conf', '.check.pid')]);
    for (let times = 0; times < 2; times += 1) {
      expect((await ask('DELETE', `/1.0/listeners/${LVS.listener}`)).body).toBe('{"message":"OK"}');
    }
    const { stdout } = await amphora.exec(['find', '/var/lib/octavia', '-name', `*${LVS.listener}*`]);
    expect(stdout).toBe('');
    expect((await ask('GET', '/1.0/listeners')).json).toEqual([]);
    expect((await act('start')).status).toBe(404);
  });
});

describe('a UDP listener over API 0.5', () => {
  it('is uploaded, started, reloaded and deleted, with heartbeats of version 1', async () => {
    expect((await upload(IDLE, '0.5')).status).toBe(200);
    const did = async (action: string) => (await ask('PUT', `/0.5/listeners/${LVS.listener}/${action}`)).json;
    expect(await did('start')).toMatchObject({ details: expect.stringMatching(/ started$/) });
    expect(await did('reload')).toMatchObject({ details: expect.stringMatching(/ restarted$/) });
    expect((await ask('GET', `/0.5/listeners/${LVS.listener}`)).json).toEqual({
      status: 'ACTIVE',
      uuid: LVS.listener,
      type: 'UDP',
      pools: [{ uuid: LVS.pool, status: 'UP', members: { [LVS.disabled]: 'MAINT' } }],
    });
    await upload(lvsConfigText(), '0.5');
    expect((await ask('GET', `/0.5/listeners/${LVS.listener}`)).json).toMatchObject({
      pools: [{ status: 'UP', members: { [FIRST.id]: 'UP', [SECOND.id]: 'DRAIN', [LVS.disabled]: 'MAINT' } }],
    });
    await upload(IDLE, '0.5');
    await did('stop');
    expect((await ask('GET', `/0.5/listeners/${LVS.listener}`)).json).toEqual({
      status: 'OFFLINE',
      uuid: LVS.listener,
      type: 'UDP',
    });
    await did('start');
    expect((await ask('GET', `/0.5/listeners/${LVS.listener}/udp_listener`)).body).toBe(IDLE);
    const { message } = await world.healthManager.next(({ ver }) => ver === 1);
    expect(message.listeners[LVS.listener]).toMatchObject({
      status: 'OPEN',
      pools: { [LVS.pool]: { status: 'UP', members: { [LVS.disabled]: 'MAINT' } } },
    });
    expect((await ask('DELETE', `/0.5/listeners/${LVS.listener}`)).status).toBe(200);
    expect((await ask('GET', `/0.5/listeners/${LVS.listener}`)).json).toMatchObject({
      message: 'Listener Not Found',
    });
  });
});

/** An ipvsadm that prints recorded outputs, as this kernel has no IPVS. */
async function playIpvsadm(table: string, statistics: string): Promise<void> {
  const program = amphora.box.file(`${PROGRAM_DIRECTORY}/ipvsadm`);
  const script = `#!/bin/sh\ncase $* in\n*--stats*) cat <<'END'\n${statistics}END\n;;\n*) cat <<'END'\n${table}END\n;;\nesac\n`;
  await writeFile(program, script, { mode: 0o755 });
}
