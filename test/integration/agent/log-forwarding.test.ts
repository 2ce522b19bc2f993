import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import {
  haproxyConfigText,
  keepalivedConfigText,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { fetchThroughVip, first, PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { type AmphoraSyslog, createAmphoraSyslog } from '../../support/amphora/amphora-syslog.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { alwaysReload } from '../../support/haproxy/always-reload.ts';
import { ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';

/** Numbers of LOCAL facilities, other than the defaults. */
const USER = 2;
const ADMINISTRATIVE = 5;
const UNKNOWN_ID = 'b2a7f2a2-5f0c-4f0e-9c2b-0f5a0a5f9d01';

const { world, amphora, must, balancer, vip } = useAmphoraLab({
  members: 1,
  topology: 'ACTIVE_STANDBY',
  // a worker that stops writes an administrative line
  prepare: alwaysReload,
});
let syslog: AmphoraSyslog;

beforeAll(async () => {
  await amphora.stopAgent();
  await configureAgent();
  syslog = await createAmphoraSyslog(amphora);
  await amphora.startAgent();
  const { macAddress } = await amphora.plugNic('vip');
  await must('POST', `/1.0/plug/vip/${vip()}`, {
    json: plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) }),
  });
});

/** Sets the options as a controller writes them. */
async function configureAgent(): Promise<void> {
  const file = amphora.box.file(AGENT_CONFIG_FILE);
  const text = (await readFile(file, 'utf8'))
    .replace('use_syslog = False', `use_syslog = True\nsyslog_log_facility = LOG_LOCAL${ADMINISTRATIVE}`)
    .replace(/user_log_facility = .*/, `user_log_facility = ${USER}`)
    .replace(/administrative_log_facility = .*/, `administrative_log_facility = ${ADMINISTRATIVE}`);
  await writeFile(file, text, { mode: 0o600 });
}

async function startHaproxy(): Promise<void> {
  const text = haproxyConfigText(balancer)
    .replace('octavia/log local0', `octavia/log local${USER}`)
    .replace('octavia/log local1', `octavia/log local${ADMINISTRATIVE}`)
    .replace('    no log\n', '    log global\n    option httplog\n');
  await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
  await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
}

async function startKeepalived(): Promise<void> {
  const role = { amphoraId: amphora.id, state: 'MASTER', priority: 100, advertisementInterval: 1 } as const;
  await must('PUT', '/1.0/vrrp/upload', { text: keepalivedConfigText(balancer, role) });
  await must('PUT', '/1.0/vrrp/start');
}

const info = () => must('GET', '/1.0/info');
const request = (): Promise<string | undefined> => fetchThroughVip(world.lab, first(balancer.vips).address);

describe('the log of an amphora in syslog', () => {
  it('is lost while syslog is missing, and the agent goes on', async () => {
    for (let count = 0; count < 20; count += 1) await info();
    await expect.poll(() => amphora.agentLog().match(/"path":"\/1.0\/info"/g)).toHaveLength(20);
  });

  it('has the lines of the agent as soon as syslog runs, each with its severity', async () => {
    await syslog.start();
    await info();
    await syslog.receives(new RegExp(`^local${ADMINISTRATIVE} info amphora-agent:.*"path":"/1.0/info"`, 'm'));
    await amphora.controller.request({ method: 'PUT', path: `/1.0/loadbalancer/${balancer.id}/start` });
    await syslog.receives(/"status":404/);
    const audited = '"status":404.*"hash":"[0-9a-f]{64}".*"audited request"';
    await syslog.receives(new RegExp(`^local${ADMINISTRATIVE} info amphora-agent:.*${audited}`, 'm'));
  });

  it('has the administrative and the user lines of haproxy under one facility each', async () => {
    await startHaproxy();
    await startKeepalived();
    await expect.poll(request).toBeDefined();
    await syslog.receives(new RegExp(`^local${USER} info haproxy:.*"GET / HTTP/1.1"`, 'm'));
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
    await syslog.receives(new RegExp(`^local${ADMINISTRATIVE} \\w+ haproxy:.* stopped`, 'm'));
    expect(await syslog.received()).not.toMatch(new RegExp(`^local${ADMINISTRATIVE} info haproxy:`, 'm'));
  });

  it('has the lines of keepalived', async () => {
    await syslog.receives(
      new RegExp(`^local${ADMINISTRATIVE} info Keepalived_vrrp:.*Entering MASTER STATE`, 'm'),
    );
  });

  it('has nothing under any other facility', async () => {
    const facilities = (await syslog.received()).split('\n').flatMap((line) => {
      const [facility = '', , program = ''] = line.split(' ');
      return program.startsWith('rsyslogd') || line === '' ? [] : [facility];
    });
    expect(new Set(facilities)).toEqual(new Set([`local${USER}`, `local${ADMINISTRATIVE}`]));
  });

  it('goes on after a restart of syslog', async () => {
    await syslog.stop();
    await info();
    await syslog.start();
    const before = await syslog.received();
    const lines = async (program: string): Promise<number> =>
      (await syslog.received()).slice(before.length).split(` ${program}:`).length - 1;
    await must('PUT', '/1.0/vrrp/reload');
    await request();
    await expect.poll(() => lines('amphora-agent')).toBeGreaterThan(0);
    await expect.poll(() => lines('haproxy')).toBeGreaterThan(0);
    await expect.poll(() => lines('Keepalived_vrrp')).toBeGreaterThan(0);
  });

  it.each([true, false])(
    'has the audit line of a rollback by hand while the agent is down (use_syslog: %s)',
    async (isUsed) => {
      const file = amphora.box.file(AGENT_CONFIG_FILE);
      const config = await readFile(file, 'utf8');
      await amphora.stopAgent();
      await writeFile(file, config.replace('use_syslog = True', `use_syslog = ${isUsed ? 'True' : 'False'}`));
      const before = await syslog.received();
      const command = [
        ...PROGRAMS.agent,
        '--config-file',
        AGENT_CONFIG_FILE,
        'rollback',
        UNKNOWN_ID,
      ] as const;
      expect((await amphora.exec(command, { okCodes: [1] })).output).toMatch(/^Error: .*\n$/);
      const line = `"path":"/loadbalancer/${UNKNOWN_ID}/rollback".*"hash":"[0-9a-f]{64}".*"audited request"`;
      await expect
        .poll(async () => (await syslog.received()).slice(before.length))
        .toMatch(new RegExp(`^local${ADMINISTRATIVE} info amphora-agent:.*${line}`, 'm'));
      await writeFile(file, config);
      await amphora.startAgent();
    },
  );

  it('never blocks the agent while syslog hangs, and reports the lost lines afterwards', async () => {
    await syslog.signal('STOP');
    for (let count = 0; count < 4000; count += 1) {
      await amphora.controller.request({ method: 'GET', path: `/${'x'.repeat(200)}` });
    }
    await syslog.signal('CONT');
    await expect
      .poll(async () => {
        await info();
        return syslog.received();
      })
      .toMatch(
        /^local5 warning amphora-agent:.*"lines":[1-9]\d*,"msg":"lines of this log did not reach syslog"/m,
      );
  });
});
