import { loadConfig } from '../../../src/config/load-config.ts';
import { createNetworkWatch, type NetworkWatch } from '../../../src/host/network/network-watch.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import { createDriftState } from '../../../src/operations/drift/drift-state.ts';
import { watchDrift } from '../../../src/operations/drift/drift-watch.ts';
import { NETWORK_DRIFT } from '../../../src/operations/drift/network/network-drift.ts';
import { plugNetwork } from '../../../src/operations/network/plug-network.ts';
import { plugLoopback, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { renderPrograms } from '../../../src/render/programs.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';
import { until } from '../amphora/amphora-services.ts';
import { fixedSettings } from '../http/fixed-settings.ts';
import { renderTemplate } from '../templates.ts';
import { createNetworkLab, type NetworkLab } from './network-lab.ts';

/** No look of the interval comes while the tests run, so only an event can cause one. */
const HOUR = 3600;
const AGENT_CONFIG = `[amphora_agent]
amphora_id = 3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f
drift = repair
drift_interval = ${HOUR}
`;

/** A network with a VIP and a member network, whose drift the agent's own loop watches and repairs by events of the kernel. */
export interface WatchedNetwork {
  readonly lab: NetworkLab;
  readonly context: OperationContext;
  readonly networkWatch: NetworkWatch;
  /** Runs a program, with its arguments separated by spaces, in the namespace. @returns its standard output */
  inside(line: string): Promise<string>;
  close(): Promise<void>;
}

/** Plugs the VIP 10.90.0.10 on eth1 and the address 10.95.0.5 on eth2, and begins to watch. */
export async function openWatchedNetwork(): Promise<WatchedNetwork> {
  const lab = createNetworkLab();
  const networkWatch = createNetworkWatch(renderPrograms(renderTemplate).networkWatch);
  const closing = new AbortController();
  await plug(lab);
  const own = fixedSettings(loadConfig('agent.conf', AGENT_CONFIG).config);
  const services = { renewEnds: () => Promise.resolve(undefined) };
  const context = {
    ...lab.context,
    ...{ own, drift: createDriftState() },
    config: () => ({ ...own.live.current(), ...lab.context.config() }),
    host: { ...lab.context.host, networkWatch, services },
  } as OperationContext;
  const times = { firstMs: 0, secondMs: 50, soonMs: 10 };
  void watchDrift(context, closing.signal, { times, kinds: [NETWORK_DRIFT] });
  // the kernel's settings, which this lab has not made, are the only difference, and they are repaired
  const { drift } = context;
  await until(() => drift.checkedAt() !== undefined && drift.memory().tracked.size === 0);
  return {
    ...{ lab, context, networkWatch },
    inside: (line) => lab.inside(...(line.split(' ') as [string, ...string[]])),
    async close() {
      closing.abort();
      networkWatch.end();
      await lab.close();
    },
  };
}

async function plug(lab: NetworkLab): Promise<void> {
  await plugLoopback(lab.context);
  const vip = await lab.addNic();
  const body = { subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3' };
  await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...body, mac_address: vip.macAddress }));
  const member = await lab.addNic();
  const fixedIps = [{ ip_address: '10.95.0.5', subnet_cidr: '10.95.0.0/24' }];
  const network = { mac_address: member.macAddress, fixed_ips: fixedIps };
  await plugNetwork(lab.context, parsePlugNetwork(network), { refusePlugged: false });
}
