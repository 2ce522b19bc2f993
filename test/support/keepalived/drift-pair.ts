import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { type AmphoraLab, type LabAmphora, startAmphoraLab } from '../amphora/amphora-lab.ts';
import { type Ask, askAmphora, insisting } from '../amphora/api.ts';
import { labLoadBalancer } from '../haproxy/load-balancer.ts';

/** One amphora of a pair. */
export interface Side {
  readonly amphora: LabAmphora;
  readonly must: Ask;
}

/** An item of `GET /drift`. */
export interface Item {
  readonly kind: string;
  readonly object: string;
  readonly wanted: string;
  readonly seen: string;
  readonly repair: string | null;
}

/** A pair with a load balancer over haproxy, whose keepalived runs on both sides. */
export interface DriftPair {
  readonly world: AmphoraLab;
  readonly balancer: LoadBalancer;
  readonly master: Side;
  readonly standby: Side;
  readonly vip: string;
  /** Returns the uploaded configuration of keepalived. */
  vrrpText(side: Side): string;
  /** Whether the interface of the VIP has the VIP. */
  holds(side: Side): Promise<boolean>;
}

/** Starts the pair. @param prepare changes one side before its haproxy starts, and returns the text of its haproxy */
export async function startDriftPair(
  prepare: (side: Side, balancer: LoadBalancer, world: AmphoraLab) => Promise<string> = (_side, balancer) =>
    Promise.resolve(haproxyConfigText(balancer)),
): Promise<DriftPair> {
  const world = await startAmphoraLab({ topology: 'ACTIVE_STANDBY', amphorae: 2 });
  const balancer = labLoadBalancer(world);
  const [{ address: vip }] = balancer.vips;
  const setUp = async (index: number): Promise<Side> => {
    const amphora = world.amphorae[index];
    if (amphora === undefined) throw new Error('two amphorae');
    const must = insisting(askAmphora(world, amphora));
    const { macAddress } = await amphora.plugNic('vip');
    const vrrpAddress = balancer.amphorae[index]?.vrrpAddress ?? '';
    await must('POST', `/1.0/plug/vip/${vip}`, { json: plugVipBody(balancer, { macAddress, vrrpAddress }) });
    const text = await prepare({ amphora, must }, balancer, world);
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, { text });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    return { amphora, must };
  };
  const [master, standby] = await Promise.all([setUp(0), setUp(1)]);
  const vrrpText = ({ amphora }: Side): string =>
    keepalivedConfigText(balancer, {
      ...{ amphoraId: amphora.id, advertisementInterval: 1 },
      ...(amphora === master.amphora
        ? { state: 'MASTER', priority: 100 }
        : { state: 'BACKUP', priority: 90 }),
    });
  for (const one of [master, standby]) {
    await one.must('PUT', '/1.0/vrrp/upload', { text: vrrpText(one) });
    await one.must('PUT', '/1.0/vrrp/start');
  }
  return {
    ...{ world, balancer, master, standby, vip, vrrpText },
    holds: async ({ amphora }) =>
      (
        await amphora.exec(['ip', '-o', 'address', 'show', 'dev', 'eth1'], { inNamespace: true })
      ).stdout.includes(` ${vip}/`),
  };
}

/** Returns the items of `GET /drift`. */
export const driftOf = async ({ must }: Side): Promise<Item[]> =>
  JSON.parse((await must('GET', '/drift')).body).items;

/** Changes the options of drift, which causes a look at once. @param seconds drift_interval */
export async function setMode({ amphora, must }: Side, mode: string, seconds: number): Promise<void> {
  const text = (await amphora.readText(AGENT_CONFIG_FILE))
    .replaceAll(/^drift(?:_interval)? = .*\n/gm, '')
    .replace('[amphora_agent]\n', `[amphora_agent]\ndrift = ${mode}\ndrift_interval = ${seconds}\n`);
  await must('PUT', '/1.0/config', { text });
}

/** Runs a shell line outside the namespace of an amphora. */
export const shell = ({ amphora }: Side, line: string) => amphora.exec(['sh', '-c', line]);
