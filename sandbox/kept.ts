import { loadBalancerId } from '../src/domain/ids.ts';
import { AMPHORA_NAMESPACE, createPaths } from '../src/domain/paths.ts';
import { type ControllerRequest, curlLine, shellWord } from './controller/controller.ts';
import type { LoadBalancer } from './controller/load-balancer.ts';
import type { Pki } from './controller/pki.ts';
import { AMPHORA_ID } from './play.ts';
import type { StartOrder } from './protocol.ts';

export interface Kept {
  readonly order: StartOrder;
  readonly pki: Pki;
  readonly loadBalancer: LoadBalancer;
  /** processes whose namespaces the host can enter */
  readonly hostPids: { readonly amphora: number; readonly lab: number };
}

/** Returns the text about a sandbox that stays: its certificates, curl lines, and commands for inside. */
export function keptText({ order, pki, loadBalancer, hostPids }: Kept): string {
  const base = `https://127.0.0.1:${order.port}`;
  const { id, listenerId, vips } = loadBalancer;
  const curl = (method: ControllerRequest['method'], path: string, file?: string): string =>
    `  ${curlLine({ method, path, ...(file === undefined ? {} : { file }) }, base, pki)}`;
  const inside = (pid: number, command: string): string => `  ${order.enter} ${pid} ${command}`;
  const config = `${order.directory}/haproxy.cfg`;
  const { statsSocket } = createPaths({
    basePath: '/var/lib/octavia',
    baseCertDir: '/var/lib/octavia/certs',
    agentServerNetworkDir: '/etc/octavia/interfaces',
  }).loadBalancer(loadBalancerId(id));
  const showStat = shellWord(`echo 'show stat' | socat - ${statsSocket}`);
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

Inside:

${inside(hostPids.lab, `ip netns exec client curl http://${vips[0].address}:${loadBalancer.port}/`)}
${inside(hostPids.amphora, `ip netns exec ${AMPHORA_NAMESPACE} ip addr`)}
${inside(hostPids.amphora, `sh -c ${showStat}`)}
${inside(hostPids.amphora, 'ps ax')}
`;
}
