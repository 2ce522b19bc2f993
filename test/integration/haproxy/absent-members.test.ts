import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { haproxyConfigText, type LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { first } from '../../support/amphora/amphora-lab.ts';
import { type UsedLab, usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { METRICS_PORT, metricsText } from '../../support/haproxy/metrics-listener.ts';

const CHANGES = 30;

/** Status by name of the member, as a report shows it. */
type Shown = Readonly<Record<string, string>>;

/** No member of these load balancers is disabled: in maintenance are only members that no report may show. */
const isHidden = (status: string): boolean => status.startsWith('MAINT');

/** The reports of one kind that were read while members changed. */
interface Watch {
  /** Ends the watch. @returns number of reports, and those that show a member in maintenance */
  stop(): Promise<{ readonly reports: number; readonly wrong: readonly Shown[] }>;
}

function watch(read: () => Promise<Shown>): Watch {
  let [reports, isOver] = [0, false];
  const wrong: Shown[] = [];
  const poll = async (): Promise<void> => {
    while (!isOver) {
      const shown = await read();
      reports += 1;
      if (Object.values(shown).some(isHidden)) wrong.push(shown);
    }
  };
  const polled = poll();
  return {
    async stop() {
      isOver = true;
      await polled;
      return { reports, wrong };
    },
  };
}

/** Gives the load balancer another second member, so that each change adds a member and removes one. */
const withNewMember = (balancer: LoadBalancer): LoadBalancer => ({
  ...balancer,
  members: balancer.members.map((member, index) => (index === 0 ? member : { ...member, id: randomUUID() })),
});

const idsOf = ({ members }: LoadBalancer): string[] => members.map(({ id }) => id).sort();

/** Runs in the amphora, on the haproxy with this id. */
function worker({ amphora }: Pick<UsedLab, 'amphora'>, id: () => string) {
  const ask = async (command: string): Promise<string> => {
    const socket = `UNIX-CONNECT:/var/lib/octavia/${id()}.sock`;
    return (await amphora.exec(['socat', '-t5', '-', socket], { input: `${command}\n` })).stdout;
  };
  return {
    pid: async () => /^Pid: (\d+)$/m.exec(await ask('show info'))?.[1],
    removed: async () => (await ask('show stat')).split('\n').filter((row) => row.includes(',MAINT,')).length,
    /** writes the record of a worker that has ended, which says that this member was removed */
    writeStaleRecord: async (backend: string, server: string) => {
      const absent = [{ backend, server, words: ['192.0.2.1:80'] }];
      const record = { worker: 1, isUnfinished: false, absent, applied: [] };
      const file = `/var/lib/octavia/${id()}/run-time.json`;
      await amphora.exec(['tee', file], { input: JSON.stringify(record) });
    },
  };
}

describe('members that a change without a reload added or removed', () => {
  const lab = usePluggedAmphora({ heartbeatInterval: 1 });
  const { world, amphora, must, balancer, vip } = lab;
  const haproxy = worker(lab, () => balancer.id);
  let current = balancer;

  const apply = async (next: LoadBalancer): Promise<void> => {
    const text = haproxyConfigText(next) + metricsText(vip());
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
    current = next;
  };
  const heartbeat = async (): Promise<Shown> => {
    const { message } = await world.healthManager.next(() => true);
    return message.pools?.[`${balancer.poolId}:${balancer.listenerId}`]?.members ?? {};
  };
  const metrics = async (): Promise<Shown> => {
    const url = `http://${vip()}:${METRICS_PORT}/metrics`;
    const { stdout } = await world.lab.client.run(['curl', '--silent', '--max-time', '10', url]);
    const rows = stdout.matchAll(/^octavia_member_status\{.*member="(.*)",state="(.*)"\} 1$/gm);
    return Object.fromEntries([...rows].map(([, member = '', state = '']) => [member, state]));
  };

  it('never appear in heartbeats and metrics', async () => {
    await apply(balancer);
    const before = await haproxy.pid();
    const watches = [watch(heartbeat), watch(metrics)];
    for (let turn = 0; turn < CHANGES; turn += 1) {
      await apply(withNewMember(current));
      if (turn % 10 === 0) expect(Object.keys(await metrics()).sort()).toEqual(idsOf(current));
    }
    const ends = await Promise.all(watches.map((one) => one.stop()));
    expect(ends.map(({ wrong }) => wrong)).toEqual([[], []]);
    expect(Math.min(...ends.map(({ reports }) => reports))).toBeGreaterThan(1);
    expect(Object.keys(await heartbeat()).sort()).toEqual(idsOf(current));
    expect(await haproxy.pid()).toBe(before);
    expect(await haproxy.removed()).toBe(CHANGES);
  });

  it('are known to a user without rights, such as that of the metrics proxy under systemd', async () => {
    const user = [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--bounding-set=-all',
      '--inh-caps=-all',
    ];
    const asNobody = async (program: string, ...args: string[]) =>
      (await amphora.exec(['setpriv', ...user, program, ...args], { input: 'show info\n' })).stdout;
    const directory = `/var/lib/octavia/${balancer.id}`;
    const record = JSON.parse(await asNobody('cat', `${directory}/run-time.json`));
    expect(record.absent).toHaveLength(CHANGES);
    expect(await asNobody('socat', '-t5', '-', `UNIX-CONNECT:${directory}.sock`)).toContain(
      `Pid: ${record.worker}\n`,
    );
  });

  it('appear if the record is that of a worker that has ended', async () => {
    const { id } = first(current.members);
    await haproxy.writeStaleRecord(`${balancer.poolId}:${balancer.listenerId}`, id);
    expect(Object.keys(await metrics())).toContain(id);
    expect(Object.keys(await heartbeat())).toContain(id);
  });
});

describe('members that a change without a reload added or removed, in API 0.5', () => {
  const lab = usePluggedAmphora();
  const { world, amphora, must, balancer } = lab;
  const haproxy = worker(lab, () => balancer.listenerId);
  let current = balancer;

  /** Uploads the text of Rocky's controller: one haproxy per listener, backends named after the pool only. */
  const apply = async (next: LoadBalancer): Promise<void> => {
    const id = balancer.listenerId;
    const text = haproxyConfigText({ ...next, id }).replaceAll(
      `${balancer.poolId}:${balancer.listenerId}`,
      balancer.poolId,
    );
    await must('PUT', `/0.5/listeners/${amphora.id}/${id}/haproxy`, { text });
    await must('PUT', `/0.5/listeners/${id}/reload`);
    current = next;
  };
  const get = async (): Promise<Shown> => {
    const { json } = await must('GET', `/0.5/listeners/${balancer.listenerId}`);
    return (json as { pools: { members: Shown }[] }).pools[0]?.members ?? {};
  };
  const heartbeat = async (): Promise<Shown> => {
    const { message } = await world.healthManager.next(({ ver }) => ver === 1);
    const pools = message.listeners[balancer.listenerId]?.['pools'];
    return (pools as Record<string, { members: Shown }>)[balancer.poolId]?.members ?? {};
  };

  it('never appear in GET of the listener and in heartbeats', async () => {
    await apply(balancer);
    const before = await haproxy.pid();
    const watches = [watch(heartbeat), watch(get)];
    for (let turn = 0; turn < CHANGES; turn += 1) {
      await apply(withNewMember(current));
      expect(Object.keys(await get()).sort()).toEqual(idsOf(current));
    }
    const ends = await Promise.all(watches.map((one) => one.stop()));
    expect(ends.map(({ wrong }) => wrong)).toEqual([[], []]);
    expect(Object.keys(await heartbeat()).sort()).toEqual(idsOf(current));
    expect(await haproxy.pid()).toBe(before);
    expect(await haproxy.removed()).toBe(CHANGES);
  });

  it('appear if the record is that of a worker that has ended', async () => {
    const { id } = first(current.members);
    await haproxy.writeStaleRecord(balancer.poolId, id);
    expect(Object.keys(await get())).toContain(id);
  });
});
