import { beforeAll, describe, expect, it } from 'vitest';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
} from '../../../sandbox/controller/load-balancer.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { labLoadBalancer } from '../../support/haproxy/load-balancer.ts';

const SCRIPT = '/var/lib/octavia/vrrp/check_scripts/haproxy_check_script.sh';

describe('keepalived with its check script in ACTIVE_STANDBY', () => {
  const { world, amphora, ask, balancer: one } = usePluggedAmphora({ topology: 'ACTIVE_STANDBY' });
  let other: LoadBalancer;

  beforeAll(() => {
    other = { ...labLoadBalancer(world), vips: one.vips, port: 8080 };
  });

  const socketOf = ({ id }: LoadBalancer): string => `/var/lib/octavia/${id}.sock`;
  const upload = (balancer: LoadBalancer) =>
    ask('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: haproxyConfigText(balancer),
    });
  const act = (balancer: LoadBalancer, action: string) =>
    ask('PUT', `/1.0/loadbalancer/${balancer.id}/${action}`);
  const vrrpText = (): string =>
    keepalivedConfigText(one, {
      amphoraId: amphora.id,
      state: 'MASTER',
      priority: 100,
      advertisementInterval: 1,
    });
  /** the sockets that the script checks */
  const asked = async (): Promise<string[]> => {
    const line = /^haproxy-vrrp-check (.*)$/m.exec(await amphora.readText(SCRIPT))?.[1];
    return line?.split(' ').sort() ?? [];
  };
  /** exit code of the script that keepalived runs */
  const check = async (): Promise<number> =>
    (await amphora.exec(['/var/lib/octavia/vrrp/check_script.sh'], { okCodes: [0, 1, 2] })).exitCode;

  it('cannot be started before its configuration is uploaded', async () => {
    const answer = await ask('PUT', '/1.0/vrrp/start');
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ message: 'Failed to start octavia-keepalived service' });
  });

  it('is stored with a check script that fails while there is no load balancer', async () => {
    const text = vrrpText();
    const answer = await ask('PUT', '/1.0/vrrp/upload', { text });
    expect(answer.status).toBe(200);
    expect(await amphora.readText('/var/lib/octavia/vrrp/octavia-keepalived.conf')).toBe(text);
    expect(await asked()).toEqual([]);
    expect(await check()).toBe(1);
  });

  it.each([
    ['priority 100', 'priority 255', 'priority 255: not 1 to 254'],
    ['virtual_router_id 1', 'virtual_router_id 0', 'virtual_router_id 0: not 1 to 255'],
    ['advert_int 1', 'advert_int 0', 'advert_int 0: not 1 to 255 s'],
    ['priority 100', 'priority', 'missing a parameter'],
    ['state MASTER', 'state FIRST', "unknown state 'FIRST'"],
    ['interval 5', 'interval 0', 'vrrp script interval must be greater than 0'],
  ])('is not stored with a value that keepalived refuses: %s, but %s', async (from, to, words) => {
    const before = await amphora.readText('/var/lib/octavia/vrrp/octavia-keepalived.conf');
    expect(before).toContain(from);
    const answer = await ask('PUT', '/1.0/vrrp/upload', { text: before.replace(from, to) });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message: 'Invalid request', details: expect.stringContaining(words) });
    expect(await amphora.readText('/var/lib/octavia/vrrp/octavia-keepalived.conf')).toBe(before);
  });

  it('checks each haproxy that was started, and no other', async () => {
    await upload(one);
    await upload(other);
    expect(await asked()).toEqual([]);
    await act(one, 'start');
    expect(await asked()).toEqual([socketOf(one)]);
    expect(await check()).toBe(0);
    await act(other, 'start');
    expect(await asked()).toEqual([socketOf(one), socketOf(other)].sort());
    expect(await check()).toBe(0);
  });

  it('goes on passing when one haproxy is stopped on purpose while another serves', async () => {
    await act(other, 'stop');
    expect(await asked()).toEqual([socketOf(one)]);
    expect(await check()).toBe(0);
    await act(other, 'reload');
    expect(await asked()).toHaveLength(2);
  });

  it('passes after its controller stopped all haproxys, without the agent too, and after a new configuration', async () => {
    await act(other, 'stop');
    await act(one, 'stop');
    expect(await asked()).toEqual([]);
    expect(await check()).toBe(0);
    await amphora.stopAgent('SIGKILL');
    expect(await check()).toBe(0);
    await amphora.startAgent();
    await ask('PUT', '/1.0/vrrp/upload', { text: `${vrrpText()}\n` });
    expect(await check()).toBe(0);
    await act(one, 'start');
    await act(other, 'start');
    expect(await asked()).toHaveLength(2);
    expect(await check()).toBe(0);
  });

  it('fails for a haproxy that cannot be started after all were stopped', async () => {
    const path = `/var/lib/octavia/${one.id}/haproxy.cfg`;
    const good = await amphora.readText(path);
    await act(other, 'stop');
    await act(one, 'stop');
    await amphora.exec(['mv', path, `${path}.away`]);
    await amphora.exec([
      'sh',
      '-c',
      `echo 'no configuration' > ${path}; rm -r ${path.replace('haproxy.cfg', 'history')}`,
    ]);
    expect((await act(one, 'start')).status).toBe(500);
    expect(await check()).toBe(1);
    await amphora.exec(['mv', `${path}.away`, path]);
    expect(await amphora.readText(path)).toBe(good);
    await act(one, 'start');
    await act(other, 'start');
    expect(await check()).toBe(0);
  });

  it('fails as soon as a haproxy that should run does not answer', async () => {
    const { stdout: pid } = await amphora.exec(['cat', `/var/lib/octavia/${other.id}/${other.id}.pid`]);
    const { stdout: workers } = await amphora.exec(['pgrep', '--parent', pid.trim()]);
    await amphora.exec(['kill', '-STOP', ...workers.trim().split('\n')]);
    expect(await check()).toBe(1);
    await amphora.exec(['kill', '-CONT', ...workers.trim().split('\n')]);
    expect(await check()).toBe(0);
  });

  it.each([
    ['start', 'started'],
    ['START', 'reloaded'],
    ['reload', 'reloaded'],
    ['stop', 'stoped'],
    ['stop', 'stoped'],
    ['start', 'started'],
  ])('answers the action %s with the message %s', async (action, done) => {
    const answer = await ask('PUT', `/1.0/vrrp/${action}`);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ message: 'OK', details: `keepalived ${done}` });
  });

  it('is shown in the status, with the state that keepalived says', async () => {
    const vrrp = async () => JSON.parse((await ask('GET', '/status.json')).body).vrrp;
    await expect.poll(vrrp).toEqual([
      {
        ...{ instance: one.id.replaceAll('-', ''), interface: 'eth1', peers: [], detail: '' },
        state: expect.stringMatching(/^(?:BACKUP|MASTER)$/),
        since: expect.any(String),
      },
    ]);
  });

  const MAIN = '/var/lib/octavia/vrrp/main.conf';
  /** keepalived trusts no file below a directory of another user, as / is in a user namespace */
  const isTrusting = async (): Promise<boolean> =>
    (await amphora.exec(['stat', '-c', '%u', '/', '/var'])).stdout === '0\n0\n';
  const restart = async (): Promise<string> => {
    const log = '/var/lib/octavia/supervisor/octavia-keepalived.log';
    const before = (await amphora.readText(log)).length;
    await ask('PUT', '/1.0/vrrp/stop');
    expect((await ask('PUT', '/1.0/vrrp/start')).status).toBe(202);
    return (await amphora.readText(log)).slice(before);
  };

  it('is started with settings of the agent: its scripts have a user, and no other user may change them', async () => {
    const said = await restart();
    expect(said).toContain('Startup complete');
    expect(said).not.toContain('keepalived_script');
    const main = await amphora.readText(MAIN);
    expect(main).toContain('include octavia-keepalived.conf');
    expect(main.includes('enable_script_security')).toBe(await isTrusting());
    expect(said.includes('SECURITY VIOLATION')).toBe(!(await isTrusting()));
    expect(said).not.toContain('due to insecure');
  });

  it('keeps its check script if other users may change the script, and says so', async () => {
    const text = await amphora.readText('/var/lib/octavia/vrrp/octavia-keepalived.conf');
    await amphora.exec(['chown', 'nobody', '/var/lib/octavia/vrrp']);
    expect((await ask('PUT', '/1.0/vrrp/upload', { text })).status).toBe(200);
    expect(await amphora.readText(MAIN)).not.toContain('    enable_script_security');
    expect(amphora.agentLog()).toContain('users other than root may change a script of keepalived');
    expect(await restart()).not.toContain('due to insecure');
    await amphora.exec(['chown', 'root', '/var/lib/octavia/vrrp']);
    expect((await ask('PUT', '/1.0/vrrp/upload', { text })).status).toBe(200);
    await restart();
  });

  it('is not reloaded with a missing interface: the running configuration goes on', async () => {
    const config = '/var/lib/octavia/vrrp/octavia-keepalived.conf';
    const text = await amphora.readText(config);
    const pid = await amphora.readText('/var/lib/octavia/vrrp/octavia-keepalived.pid');
    await ask('PUT', '/1.0/vrrp/upload', { text: text.replace('interface eth1', 'interface eth7') });
    const answer = await ask('PUT', '/1.0/vrrp/reload');
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ details: expect.stringContaining('names eth7, which is not in') });
    expect(await amphora.readText('/var/lib/octavia/vrrp/octavia-keepalived.pid')).toBe(pid);
    await ask('PUT', '/1.0/vrrp/stop');
    const started = await ask('PUT', '/1.0/vrrp/start');
    expect(started.status).toBe(500);
    expect(started.json).toMatchObject({
      details: expect.stringMatching(/^Non-existent interface specified/),
    });
    await ask('PUT', '/1.0/vrrp/upload', { text });
    expect((await ask('PUT', '/1.0/vrrp/start')).status).toBe(202);
  });

  it('cannot be reloaded while it is stopped', async () => {
    await ask('PUT', '/1.0/vrrp/stop');
    const answer = await ask('PUT', '/0.5/vrrp/reload');
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ message: 'Failed to reload octavia-keepalived service' });
  });

  it('stops the heartbeats while it is configured and does not run', async () => {
    await ask('PUT', '/1.0/vrrp/start');
    await world.healthManager.next(() => true);
    await ask('PUT', '/1.0/vrrp/stop');
    const before = world.healthManager.heartbeats.at(-1)?.message.seq ?? 0;
    await expect(world.healthManager.next(({ seq }) => seq > before + 1, 3_000)).rejects.toThrow();
    await ask('PUT', '/1.0/vrrp/start');
    await world.healthManager.next(() => true);
  });

  it('checks the remaining haproxys when load balancers are deleted, and passes after the last', async () => {
    await ask('DELETE', `/1.0/listeners/${one.id}`);
    expect(await asked()).toEqual([socketOf(other)]);
    expect(await check()).toBe(0);
    await ask('DELETE', `/1.0/listeners/${other.id}`);
    expect(await asked()).toEqual([]);
    expect(await check()).toBe(0);
  });

  it('leaves no other file in the directory of scripts that keepalived runs', async () => {
    const { stdout } = await amphora.exec(['ls', '-A', '/var/lib/octavia/vrrp/check_scripts']);
    expect(stdout).toBe('haproxy_check_script.sh\n');
  });
});
