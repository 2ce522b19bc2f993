import { haproxyConfigText, type LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import type { PoolMember } from './member-walk.ts';

/** An hour, so that no idle connection ends during the measurement. Octavia has 50 s, which users change for websockets. */
const IDLE_MS = 3_600_000;
export const TLS_PORT = 443;

/** haproxy.cfg of a listener with one pool. @param address the address of all members */
export function poolText(balancer: LoadBalancer, address: string, members: readonly PoolMember[]): string {
  const servers = members.map(
    ({ id, port, weight, isEnabled }) =>
      `    server ${id} ${address}:${port} weight ${weight} check inter 5s fall 3 rise 3${isEnabled ? '' : ' disabled'}\n`,
  );
  const text = haproxyConfigText({ ...balancer, members: [] });
  const patient = text
    .replace(/timeout client \d+/, `timeout client ${IDLE_MS}`)
    .replace(/timeout server \d+/, `timeout server ${IDLE_MS}`)
    .replaceAll(/maxconn \d+/g, 'maxconn 4000');
  return `${patient.trimEnd()}\n${servers.join('')}`;
}

/** The same with a listener of type TERMINATED_HTTPS: its certificates are in a list with the listener's id as name. */
export const tlsText = (balancer: LoadBalancer, address: string, members: readonly PoolMember[]): string =>
  poolText({ ...balancer, port: TLS_PORT }, address, members).replace(
    /^ {4}bind .*$/m,
    (line) => `${line} ssl crt-list ${certificatePath(balancer, balancer.listenerId)}`,
  );

/** Where the agent stores an uploaded certificate or list. @param name without `.pem` */
export const certificatePath = ({ id }: LoadBalancer, name: string): string =>
  `/var/lib/octavia/certs/${id}/${name}.pem`;

/** The same text with a frontend that answers each request with a mark: a change that only a reload makes. */
export const markedText = (text: string, mark: string): string =>
  text.replace(
    '    default_backend',
    `    http-request return status 200 content-type text/plain string "${mark}"\n    default_backend`,
  );
