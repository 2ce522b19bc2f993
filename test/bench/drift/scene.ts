import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
} from '../../../sandbox/controller/load-balancer.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import { createHaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';
import { pretendSystemd } from '../../peer/python-amphora.ts';
import { type AmphoraLab, fetchThroughVip, type LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { type Ask, insisting } from '../../support/amphora/api.ts';
import { startPluggedAmphora } from '../../support/amphora/plugged-amphora.ts';
import { startLoadedAmphora, uploadAndReload } from '../load/loaded-amphora.ts';
import { startCurlTraffic, type Traffic } from '../load/traffic.ts';

export type SceneName = 'single' | 'pair';

/** An amphora whose agent repairs drift, with traffic through its VIP all the time. */
export interface DamageScene {
  readonly world: AmphoraLab;
  readonly amphora: LabAmphora;
  readonly balancer: LoadBalancer;
  readonly vip: string;
  /** Runs a program in the namespace amphora-haproxy. @param line its name and arguments @returns its output */
  inside(line: string, okCodes?: readonly number[]): Promise<string>;
  /** Runs a shell line in the amphora, outside of the namespace. */
  shell(line: string): Promise<string>;
  /** Sends a command to the worker of haproxy. */
  haproxy(command: string): Promise<string>;
  /** Whether a new connection through the VIP gets an answer. */
  serves(): Promise<boolean>;
  /** requests since the start of the traffic: answered and failed ones */
  traffic(): Pick<Traffic, 'requests' | 'failed'>;
  /** Returns the differences that `GET /drift` shows. */
  items(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

const DRIFT_INTERVAL = 10;
/** requests a second of each client */
const RATE = 20;
const TIMEOUT_SECONDS = 2;
const ANSWER_MS = 5000;
const READY_MS = 40_000;
/** the address of eth2 on the network of the members */
const MEMBER_HOST = 50;
const VRRP_ROLE = { state: 'MASTER', priority: 100, advertisementInterval: 1 } as const;

/** The network of the members, on which the scene `single` has eth2 with this address. */
export const memberPlace = ({ world }: Pick<DamageScene, 'world'>) => ({
  ip_address: world.lab.networks.member.host(MEMBER_HOST),
  subnet_cidr: world.lab.networks.member.cidr,
});

type Base = Pick<DamageScene, 'world' | 'amphora' | 'balancer' | 'vip'> & { readonly must: Ask };

/**
 * Starts an amphora. `single`: topology SINGLE under the built-in supervisor, HTTP and HTTPS, a firewall of the VIP, and a
 * member network. `pair`: a master of ACTIVE_STANDBY under the stand-in for systemd.
 */
export async function openScene(name: SceneName): Promise<DamageScene> {
  const base = name === 'single' ? await startSingle() : await startPair();
  try {
    await setDrift(base, 'repair', DRIFT_INTERVAL);
    const scene = { ...base, ...waysInto(base) };
    await until(() => scene.serves(), READY_MS, 'the VIP serving');
    const ports = name === 'single' ? ['http', 'https'] : ['http'];
    const clients = await startClients(base, ports);
    return {
      ...scene,
      traffic: clients.sofar,
      async close() {
        await clients.stop();
        await base.world.close();
      },
    };
  } catch (error) {
    await base.world.close();
    throw error;
  }
}

/** Changes both options of drift in a running agent, which looks at once then. @param seconds drift_interval */
export async function setDrift(
  { amphora, must }: Pick<Base, 'amphora' | 'must'>,
  mode: 'off' | 'report' | 'repair',
  seconds: number,
): Promise<void> {
  const text = (await amphora.readText(AGENT_CONFIG_FILE))
    .replaceAll(/^drift(?:_interval)? = .*\n/gm, '')
    .replace('[amphora_agent]\n', `[amphora_agent]\ndrift = ${mode}\ndrift_interval = ${seconds}\n`);
  await must('PUT', '/1.0/config', { text });
}

async function startSingle(): Promise<Base> {
  const loaded = await startLoadedAmphora();
  const { amphora, vip, must } = loaded;
  const { macAddress } = await amphora.plugNic('member');
  const json = { mac_address: macAddress, mtu: 1450, fixed_ips: [memberPlace(loaded)] };
  await must('POST', '/1.0/plug/network', { json });
  const rules = [80, 443].map((port) => ({ protocol: 'TCP', cidr: null, port }));
  await must('PUT', `/1.0/interface/${vip}/rules`, { json: rules });
  return loaded;
}

async function startPair(): Promise<Base> {
  const plugged = await startPluggedAmphora({
    ...{ topology: 'ACTIVE_STANDBY', amphorae: 2 },
    prepare: ({ box }) => pretendSystemd(box),
  });
  const { amphora, balancer, ask } = plugged;
  const must = insisting(ask);
  await uploadAndReload(must, amphora, balancer, haproxyConfigText(balancer));
  const text = keepalivedConfigText(balancer, { amphoraId: amphora.id, ...VRRP_ROLE });
  await must('PUT', '/1.0/vrrp/upload', { text });
  await must('PUT', '/1.0/vrrp/start');
  return { ...plugged, must };
}

function waysInto({
  world,
  amphora,
  balancer,
  vip,
  must,
}: Base): Omit<DamageScene, keyof Base | 'traffic' | 'close'> {
  const sockets = createHaproxySockets();
  const socket = amphora.box.file(`/var/lib/octavia/${balancer.id}/master.sock`);
  return {
    inside: async (line, okCodes = [0]) =>
      (await amphora.exec(['env', ...line.split(' ')], { inNamespace: true, okCodes })).stdout,
    shell: async (line) => (await amphora.exec(['sh', '-c', line])).stdout,
    haproxy: (command) => sockets.ask(socket, `@1 ${command}`, ANSWER_MS),
    serves: async () => (await fetchThroughVip(world.lab, vip)) !== undefined,
    items: async () => JSON.parse((await must('GET', '/drift')).body).items,
  };
}

/** For each protocol: one client that keeps its connection, and one with a connection for each request. */
async function startClients({ world: { lab }, vip }: Base, protocols: readonly string[]) {
  const clients = await Promise.all(
    protocols.flatMap((protocol) =>
      [true, false].map((kept) =>
        startCurlTraffic(lab, `${protocol}://${vip}/`, { kept, rate: RATE, timeoutSeconds: TIMEOUT_SECONDS }),
      ),
    ),
  );
  return {
    sofar() {
      const each = clients.map((client) => client.sofar());
      return {
        requests: each.reduce((sum, { requests }) => sum + requests, 0),
        failed: each.reduce((sum, { failed }) => sum + failed, 0),
      };
    },
    stop: () => Promise.all(clients.map((client) => client.stop())),
  };
}
