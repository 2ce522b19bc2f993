import { execFileSync, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { until } from '../../support/amphora/amphora-services.ts';

/** An ACTIVE_STANDBY pair: the amphora in its namespace, and a peer that is only a keepalived, outside of it. */

export const VIP = '192.0.2.100';
const OWN = '192.0.2.1';
const PEER = '192.0.2.2';
const WIRE = 'wire';

const ip = (...args: string[]): string => execFileSync('ip', args).toString();

/** Connects the amphora and its peer. */
export function connectPair(): void {
  ip('link', 'add', WIRE, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', AMPHORA_NAMESPACE);
  ip('address', 'add', `${PEER}/24`, 'dev', WIRE);
  ip('link', 'set', WIRE, 'up');
  ip('-n', AMPHORA_NAMESPACE, 'address', 'add', `${OWN}/24`, 'dev', 'eth1');
  ip('-n', AMPHORA_NAMESPACE, 'link', 'set', 'eth1', 'up');
  // haproxy binds the VIP before keepalived sets it, as a controller's plug allows
  const sysctl = ['sysctl', '--quiet', '--write', 'net.ipv4.ip_nonlocal_bind=1'];
  ip('netns', 'exec', AMPHORA_NAMESPACE, ...sysctl);
}

interface Router {
  readonly device: string;
  readonly priority: number;
  readonly source: string;
  readonly peer: string;
}

const configText = ({ device, priority, source, peer }: Router): string => `vrrp_script check {
  script /bin/true
  interval 5
  fall 2
  rise 2
}
vrrp_instance pair {
  state BACKUP
  interface ${device}
  virtual_router_id 7
  priority ${priority}
  nopreempt
  accept
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass abcdefg
  }
  unicast_src_ip ${source}
  unicast_peer {
    ${peer}
  }
  virtual_ipaddress {
    ${VIP}
  }
  track_script {
    check
  }
}
`;

/** The configuration of the amphora's keepalived, as a controller uploads it. */
export const OWN_CONFIG = configText({ device: 'eth1', priority: 90, source: OWN, peer: PEER });

/** Returns whether the amphora has the VIP. */
export const hasVip = (): boolean =>
  ip('-n', AMPHORA_NAMESPACE, 'address', 'show', 'dev', 'eth1').includes(`${VIP}/`);

/** The keepalived of the peer. */
export interface Peer {
  /** Returns whether it was ever master. */
  wasMaster(): boolean;
}

/** Starts the peer, once the amphora is master. Its higher priority shows that `nopreempt` holds. */
export async function startPeer(directory: string): Promise<Peer> {
  await mkdir(directory);
  const file = (name: string): string => path.join(directory, name);
  const secure = 'global_defs {\n  script_user root\n  enable_script_security\n}\n';
  const text = configText({ device: WIRE, priority: 100, source: PEER, peer: OWN });
  await writeFile(file('keepalived.conf'), secure + text);
  const files = ['--use-file', file('keepalived.conf'), '--pid', file('pid'), '--vrrp_pid', file('vrrp.pid')];
  const log = openSync(file('log'), 'a');
  const options = ['--dont-fork', '--log-console', '--log-detail', '--vrrp', ...files];
  spawn('keepalived', options, { stdio: ['ignore', log, log] });
  const logged = (text: string): boolean => readFileSync(file('log'), 'utf8').includes(text);
  await until(() => logged('Entering BACKUP STATE'));
  return { wasMaster: () => logged('Entering MASTER STATE') };
}
