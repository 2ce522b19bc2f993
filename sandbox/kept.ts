import { loadBalancerId } from '../src/domain/ids.ts';
import { AMPHORA_NAMESPACE, createPaths } from '../src/domain/paths.ts';
import { type ControllerRequest, curlLine, shellWord } from './controller/controller.ts';
import type { LoadBalancer } from './controller/load-balancer.ts';
import type { Pki } from './controller/pki.ts';
import { labNetworks } from './lab/lab-network.ts';
import { AMPHORA_ID } from './play.ts';
import type { StartOrder } from './protocol.ts';

export interface Kept {
  readonly order: StartOrder;
  readonly pki: Pki;
  readonly loadBalancer: LoadBalancer;
  /** processes whose namespaces the host can enter */
  readonly hostPids: { readonly amphora: number; readonly lab: number };
  /** process id of the amphora inside the lab */
  readonly amphoraPid: number;
}

/** The MAC address of the interface that the reader adds to the amphora. */
const NEW_MAC = 'fa:16:3e:00:00:09';

/** Returns the text about a sandbox that stays: its certificates, requests, and commands for inside. */
export function keptText({ order, pki, loadBalancer, hostPids, amphoraPid }: Kept): string {
  const base = `https://127.0.0.1:${order.port}`;
  const { id, listenerId, vips } = loadBalancer;
  const request = (sent: ControllerRequest): string => `  ${curlLine(sent, base, pki)}`;
  const curl = (method: ControllerRequest['method'], path: string, file?: string): string =>
    request({ method, path, ...(file === undefined ? {} : { file }) });
  const inside = (pid: number, command: string): string => `  ${order.enter} ${pid} ${command}`;
  const config = `${order.directory}/haproxy.cfg`;
  const { statsSocket } = createPaths({
    basePath: '/var/lib/octavia',
    baseCertDir: '/var/lib/octavia/certs',
    agentServerNetworkDir: '/etc/octavia/interfaces',
  }).loadBalancer(loadBalancerId(id));
  const showStat = shellWord(`echo 'show stat' | socat - ${statsSocket}`);
  const { member } = labNetworks(0);
  const newNic = shellWord(
    `ip link add new-nic type veth peer name nic9 address ${NEW_MAC} netns ${amphoraPid} && ip link set new-nic master ${member.bridge} up`,
  );
  const plug = {
    mac_address: NEW_MAC,
    mtu: 1450,
    fixed_ips: [{ ip_address: member.host(51), subnet_cidr: member.cidr, gateway: null, host_routes: [] }],
  };
  return `
The sandbox stays until Ctrl-C. The agent listens on ${base}

  amphora ${AMPHORA_ID}
  load balancer ${id}, listener ${listenerId}
  authority of the agent's certificate  ${pki.serverAuthority.certificate}
  the controller's certificate and key  ${pki.client}

Requests, from any terminal of this machine, as the same user:

${curl('GET', '/1.0/info')}
${curl('GET', '/1.0/details')}
${curl('GET', '/1.0/listeners')}
${curl('GET', `/1.0/interface/${vips[0].address}`)}
${curl('GET', `/1.0/loadbalancer/${id}/haproxy`)}
${curl('PUT', `/1.0/loadbalancer/${AMPHORA_ID}/${id}/haproxy`, config)}
${curl('PUT', `/1.0/loadbalancer/${id}/reload`)}
${curl('PUT', `/1.0/loadbalancer/${id}/stop`)}
${curl('PUT', `/1.0/loadbalancer/${id}/start`)}

A new interface for the amphora, and the request that plugs it:

${inside(hostPids.lab, `sh -c ${newNic}`)}
${request({ method: 'POST', path: '/1.0/plug/network', json: plug })}

Inside:

${inside(hostPids.lab, `ip netns exec client curl http://${vips[0].address}:${loadBalancer.port}/`)}
${inside(hostPids.amphora, `ip netns exec ${AMPHORA_NAMESPACE} ip addr`)}
${inside(hostPids.amphora, `sh -c ${showStat}`)}
${inside(hostPids.amphora, 'ps ax')}
`;
}
