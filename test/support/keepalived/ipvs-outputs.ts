import ipaddr from 'ipaddr.js';

/** A virtual service of the kernel in a test. */
export interface PlayedService {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly members: readonly {
    readonly address: string;
    readonly port: number;
    readonly weight: number;
    readonly activeConnections: number;
  }[];
  /** connections, packets in and out, bytes in and out */
  readonly counters: readonly [number, number, number, number, number];
}

const TITLE = 'IP Virtual Server version 1.2.1 (size=4096)\n';

/** /proc/net/ip_vs, as the kernel's ip_vs_ctl.c prints it. */
export function ipvsFile(services: readonly PlayedService[]): string {
  const head = `${TITLE}Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n`;
  const rows = services.map(
    (service) =>
      `${service.protocol.padEnd(4)} ${hexEndpoint(service)} wrr  \n${service.members
        .map(
          (member) =>
            `  -> ${hexEndpoint(member).padEnd(18)}  Masq    ${`${member.weight}`.padEnd(6)} ${`${member.activeConnections}`.padEnd(10)} 0         \n`,
        )
        .join('')}`,
  );
  return head + rows.join('');
}

/** Output of `ipvsadm -Ln`. */
export function ipvsadmTable(services: readonly PlayedService[]): string {
  const head = `${TITLE}Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n`;
  const rows = services.map(
    (service) =>
      `${service.protocol.padEnd(4)} ${endpoint(service)} wrr\n${service.members
        .map(
          (member) =>
            `  -> ${endpoint(member).padEnd(28)} Masq    ${`${member.weight}`.padEnd(6)} ${`${member.activeConnections}`.padEnd(10)} 0         \n`,
        )
        .join('')}`,
  );
  return head + rows.join('');
}

/** Output of `ipvsadm -Ln --stats --exact`; the members' own numbers are zero. */
export function ipvsadmStatistics(services: readonly PlayedService[]): string {
  const head = `${TITLE}Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n  -> RemoteAddress:Port\n`;
  const numbers = (values: readonly number[]): string =>
    values.map((value) => ` ${`${value}`.padStart(8)}`).join('');
  const rows = services.map(
    (service) =>
      `${`${service.protocol.padEnd(4)} ${endpoint(service)}`.padEnd(33)}${numbers(service.counters)}\n${service.members
        .map((member) => `${`  -> ${endpoint(member)}`.padEnd(33)}${numbers([0, 0, 0, 0, 0])}\n`)
        .join('')}`,
  );
  return head + rows.join('');
}

const endpoint = ({ address, port }: { address: string; port: number }): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

function hexEndpoint({ address, port }: { address: string; port: number }): string {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  if (address.includes(':')) {
    const groups = ipaddr.IPv6.parse(address).parts.map((group) => group.toString(16).padStart(4, '0'));
    return `[${groups.join(':')}]:${hexPort}`;
  }
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return `${bytes.join('').toUpperCase()}:${hexPort}`;
}
