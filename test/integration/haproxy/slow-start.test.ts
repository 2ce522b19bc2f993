import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { fetchThroughVip } from '../../support/amphora/amphora-lab.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { labListenerJson, labModel } from '../../support/models/lab-models.ts';
import { memberJson, poolJson } from '../../support/models/models.ts';

/** longer than a test lasts */
const SECONDS = 3600;
const WEIGHT = 100;
/** srv_op_state of haproxy's state file (management manual, section 9.3, `show servers state`) */
const [STARTING, RUNNING] = ['1', '2'];
const MONITOR = { type: 'TCP', delay: 1, timeout: 1, max_retries: 1 };

describe.each([
  ['with a monitor', MONITOR],
  ['without a monitor', undefined],
])('slow start of a pool %s', (_which, healthmonitor) => {
  const { world, amphora, must, balancer, vip } = usePluggedAmphora();
  const added = randomUUID();

  const haproxy = async (command: string): Promise<string> => {
    const socket = `UNIX-CONNECT:/var/lib/octavia/${balancer.id}.sock`;
    return (await amphora.exec(['socat', '-t5', '-', socket], { input: `${command}\n` })).stdout;
  };
  const workerPid = async () => /^Pid: (\d+)$/m.exec(await haproxy('show info'))?.[1];
  /** @returns operational state and configured weight of a member */
  const stateOf = async (id: string): Promise<(string | undefined)[]> => {
    const row = (await haproxy('show servers state')).split('\n').find((line) => line.includes(` ${id} `));
    const [, , , , , operational, , weight] = row?.split(' ') ?? [];
    return [operational, weight];
  };
  /** @returns the weight that counts at present */
  const presentWeight = async (id: string): Promise<number> => {
    const [header = '', ...rows] = (await haproxy('show stat')).split('\n');
    const column = header.split(',').indexOf('weight');
    return Number(rows.find((row) => row.includes(`,${id},`))?.split(',')[column]);
  };
  const apply = async (members: readonly string[]): Promise<void> => {
    const [host] = balancer.members;
    const default_pool = poolJson({
      ...{ pool_id: balancer.poolId, slowstart: SECONDS, healthmonitor },
      members: members.map((member_id) =>
        memberJson({ member_id, address: host?.address, protocol_port: host?.port, weight: WEIGHT }),
      ),
    });
    const json = labModel(balancer, [labListenerJson(balancer, { default_pool })]);
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { json });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/reload`);
  };
  const first = randomUUID();

  beforeAll(() => apply([first]));

  it('leaves the members of the start at their full weight', async () => {
    expect(await stateOf(first)).toEqual([RUNNING, `${WEIGHT}`]);
    expect(await presentWeight(first)).toBe(WEIGHT);
  });

  it('begins at the moment when a member is added without a reload', async () => {
    const before = await workerPid();
    await apply([first, added]);
    expect(await workerPid()).toBe(before);
    expect(await stateOf(added)).toEqual([STARTING, `${WEIGHT}`]);
    expect(await presentWeight(added)).toBeLessThan(WEIGHT / 2);
    expect(await presentWeight(first)).toBe(WEIGHT);
    expect(await fetchThroughVip(world.lab, vip())).toBeDefined();
  });

  it('begins again when a removed member comes back', async () => {
    await apply([first]);
    const before = await workerPid();
    await apply([first, added]);
    expect(await workerPid()).toBe(before);
    expect(await stateOf(added)).toEqual([STARTING, `${WEIGHT}`]);
  });
});
