import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { PROGRAM_DIRECTORY } from '../../../sandbox/amphora/amphora-files.ts';
import { CONTENT_TYPES } from '../../../src/domain/metrics/metrics-format.ts';
import { useDrainScene } from '../../support/haproxy/drain-scene.ts';
import {
  FIRST,
  IPVSADM,
  IPVSADM_STATS,
  LVS,
  lvsConfigText,
  SECOND,
} from '../../support/keepalived/lvs-examples.ts';
import { readExposition } from '../../support/monitoring/exposition.ts';
import { promtool } from '../../support/monitoring/promtool.ts';

const scene = useDrainScene();
const { amphora, ask, must, balancer, ONE, TWO } = scene;

const scrape = async (): Promise<string> => (await must('GET', '/metrics/members')).body;
/** Returns the samples of a metric: the ids of the pool and of the member, the label of the metric, and the value. */
async function samples(metric: string): Promise<string[]> {
  const name = `amphora_agent_member_${metric}`;
  const found = (await scrape()).matchAll(
    new RegExp(`^${name}\\{(.*?),?listener=".+?",pool="(.+?)",member="(.+?)"\\} (.+)$`, 'gm'),
  );
  return [...found].map(([, own = '', pool, member, value]) =>
    [pool, member, own.replace(/^loadbalancer=".+?",/, ''), value].filter((part) => part !== '').join(' '),
  );
}
const POOL = (): string => scene.pool().split(':')[0] ?? '';
const OTHER = scene.otherPool.split(':')[0] ?? '';

describe('GET /metrics/members', () => {
  it('is off, and says how it is switched on, without a restart', async () => {
    expect(await ask('GET', '/metrics/members')).toMatchObject({
      status: 404,
      json: {
        http_code: 404,
        details:
          "metrics of members are off: set agent_member_metrics = True in section [amphora_agent] of the agent's configuration file",
      },
    });
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const text = config.replace('[amphora_agent]', '[amphora_agent]\nagent_member_metrics = True');
    await must('PUT', '/1.0/config', { text });
    const { headers } = await must('GET', '/metrics/members');
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  });

  it('has the labels and numbers of the members', async () => {
    const lines = (await scrape()).split('\n');
    const identity = `listener="${balancer.listenerId}",pool="${POOL()}",member="${ONE}"`;
    expect(lines).toContain(`amphora_agent_member_weight{${identity}} 1`);
    const state = `loadbalancer="${balancer.id}",state="UP"`;
    expect(lines).toContain(`amphora_agent_member_state{${state},${identity}} 1`);
    const all = [`${POOL()} ${ONE}`, `${POOL()} ${TWO}`, `${OTHER} ${ONE}`];
    expect(await samples('queue')).toEqual(all.map((member) => `${member} 0`));
    const { answers } = await scene.holdEach();
    expect(await samples('sessions')).toContain(`${POOL()} ${ONE} ${scene.one().held()}`);
    scene.release();
    await answers;
    const age = (await samples('state_age_seconds'))[0]?.split(' ').at(-1);
    expect(Number(age)).toBeLessThan(600);
    expect(await samples('errors_total')).toContain(`${POOL()} ${ONE} kind="connection" 0`);
  });

  it('has as many members of each state as GET /metrics counts', async () => {
    const counted = new RegExp(
      `^amphora_agent_members\\{loadbalancer="${balancer.id}",state="(.+)"\\} (.+)$`,
      'gm',
    );
    const { body } = await must('GET', '/metrics');
    expect([...body.matchAll(counted)].map(([, state, count]) => `${state} ${count}`)).toEqual([
      ...['UP 2', 'DOWN 0', 'DRAIN 0', 'MAINT 0', 'no check 1'],
    ]);
    expect(await samples('state')).toHaveLength(3);
  });

  it('has a drained member as DRAIN, before and after the end of its drain', async () => {
    const { answers } = await scene.holdEach();
    await scene.drain(ONE);
    const drained = [`${POOL()} ${ONE} state="DRAIN" 1`, `${OTHER} ${ONE} state="DRAIN" 1`];
    expect(await samples('state')).toEqual(expect.arrayContaining(drained));
    scene.release();
    await answers;
    await scene.untilDrained();
    expect(await scene.adminStates()).toEqual(['1', '1']);
    expect(await samples('state')).toEqual(expect.arrayContaining(drained));
  });

  it('has no removed member', async () => {
    const pid = await scene.workerPid();
    await scene.upload(
      scene
        .text()
        .split('\n')
        .filter((line) => !line.includes(`server ${TWO} `))
        .join('\n'),
    );
    await scene.act('reload');
    expect(await scene.workerPid()).toBe(pid);
    expect(await samples('weight')).toEqual([`${POOL()} ${ONE} 1`, `${OTHER} ${ONE} 1`]);
    expect(await scrape()).not.toContain(TWO);
  });

  it('leaves out a load balancer whose files cannot be read, and has the others', async () => {
    const broken = `/var/lib/octavia/${randomUUID()}`;
    const counted = async (): Promise<string[]> =>
      (await must('GET', '/metrics')).body.match(/^amphora_agent_members\{.*$/gm) ?? [];
    const before = { weights: await samples('weight'), counted: await counted() };
    await amphora.exec(['mkdir', '-p', `${broken}/haproxy.cfg`]);
    const after = { weights: await samples('weight'), counted: await counted() };
    await amphora.exec(['rm', '-r', broken]);
    expect(before.counted).not.toEqual([]);
    expect(after).toEqual(before);
    expect(amphora.agentLog()).toMatch(/"part":"the members of load balancer .*EISDIR/);
  });

  it('has nothing of a haproxy that is stopped', async () => {
    await scene.act('stop');
    expect(await samples('state')).toEqual([]);
  });
});

describe('GET /metrics/members with a UDP listener', () => {
  beforeAll(async () => {
    const path = `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`;
    // keepalived runs this without IPVS, which the kernel of a test machine may lack
    await must('PUT', path, { text: lvsConfigText({ members: [] }) });
    await must('PUT', `/1.0/loadbalancer/${LVS.listener}/start`);
    await must('PUT', path, { text: lvsConfigText() });
    const script = `#!/bin/sh\ncase $* in\n*--stats*) cat <<'END'\n${IPVSADM_STATS}END\n;;\n*) cat <<'END'\n${IPVSADM}END\n;;\nesac\n`;
    await writeFile(amphora.box.file(`${PROGRAM_DIRECTORY}/ipvsadm`), script, { mode: 0o755 });
  });
  const ofUdp = async (metric: string): Promise<string[]> =>
    (await samples(metric)).filter((sample) => sample.startsWith(LVS.pool));

  it('has state, weight and sessions of its members', async () => {
    expect(await ofUdp('state')).toEqual([
      `${LVS.pool} ${FIRST.id} state="UP" 1`,
      `${LVS.pool} ${SECOND.id} state="DRAIN" 1`,
      `${LVS.pool} ${LVS.disabled} state="MAINT" 1`,
    ]);
    expect(await ofUdp('weight')).toEqual([`${LVS.pool} ${FIRST.id} 13`, `${LVS.pool} ${SECOND.id} 0`]);
    expect(await ofUdp('sessions')).toEqual([`${LVS.pool} ${FIRST.id} 12`, `${LVS.pool} ${SECOND.id} 2`]);
    expect(await ofUdp('queue')).toEqual([]);
  });

  it('are counted at GET /metrics', async () => {
    const counted = (await must('GET', '/metrics')).body
      .split('\n')
      .filter((line) => line.startsWith(`amphora_agent_members{loadbalancer="${LVS.loadBalancer}"`))
      .filter((line) => !line.endsWith(' 0'))
      .map((line) => line.replace(/^.*,/, ''));
    expect(counted).toEqual(['state="UP"} 1', 'state="DRAIN"} 1', 'state="MAINT"} 1']);
  });

  it.each(['/metrics', '/metrics/members'])('is what promtool accepts at %s', async (path) => {
    const { headers, body } = await must('GET', path, { headers: { Accept: 'text/plain;version=0.0.4' } });
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await promtool(['check', 'metrics'], body)).toEqual({ exitCode: 0, output: '' });
    expect(readExposition(body, 'prometheus').faults).toEqual([]);
  });

  it.each(['/metrics', '/metrics/members'])('is in the format of OpenMetrics at %s', async (path) => {
    const { headers, body } = await must('GET', path);
    expect(headers['content-type']).toBe(CONTENT_TYPES.openmetrics);
    const { samples: read, faults } = readExposition(body, 'openmetrics');
    expect(faults).toEqual([]);
    expect(read.length).toBeGreaterThan(15);
  });
});
