import { readAddress } from '../network/addresses.ts';

/** A member in the kernel's table. */
export interface IpvsMember {
  /** shortest form (RFC 5952) */
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly activeConnections: number;
  /** those of UDP, and those of SCTP that open or close */
  readonly inactiveConnections: number;
}

/** A virtual service in the kernel's table. */
export interface IpvsService {
  /** `TCP`, `UDP` or `SCTP` */
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly members: readonly IpvsMember[];
}

/** The traffic of a virtual service since its creation. */
export interface IpvsCounters {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly connections: number;
  /** bytes from clients */
  readonly inBytes: number;
  /** bytes to clients */
  readonly outBytes: number;
}

/** Reads `/proc/net/ip_vs`, in which IPv4 addresses and ports are hexadecimal and IPv6 addresses are written in full. */
export const parseIpvsFile = (text: string): IpvsService[] => parseTable(text, readHexEndpoint);

/** Reads the output of `ipvsadm -Ln`. */
export const parseIpvsadm = (output: string): IpvsService[] => parseTable(output, readEndpoint);

/**
 * Reads the output of `ipvsadm -Ln --stats --exact`. A service with rounded numbers (`1234K`) is left out, because its
 * deltas would be wrong.
 */
export function parseIpvsadmCounters(output: string): IpvsCounters[] {
  return output.split('\n').flatMap((line) => {
    const service = readService(line, readEndpoint);
    if (service === undefined) return [];
    const [connections, , , inBytes, outBytes] = service.rest.map(readCount);
    if (connections === undefined || inBytes === undefined || outBytes === undefined) return [];
    const { protocol, address, port } = service;
    return [{ protocol, address, port, connections, inBytes, outBytes }];
  });
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}
type ReadEndpoint = (text: string) => Endpoint | undefined;

function parseTable(text: string, read: ReadEndpoint): IpvsService[] {
  const services: (IpvsService & { readonly members: IpvsMember[] })[] = [];
  let members: IpvsMember[] | undefined;
  for (const line of text.split('\n')) {
    const member = readMember(line, read);
    if (member !== undefined) {
      members?.push(member);
    } else if (/^\S/.test(line)) {
      // a firewall mark, or the header: the members behind it belong to no service
      members = undefined;
      const service = readService(line, read);
      if (service === undefined) continue;
      members = [];
      const { protocol, address, port } = service;
      services.push({ protocol, address, port, members });
    }
  }
  return services;
}

function readService(
  line: string,
  read: ReadEndpoint,
): (Endpoint & { protocol: string; rest: string[] }) | undefined {
  const [protocol = '', endpointText = '', ...rest] = line.trimEnd().split(/\s+/);
  if (!/^(?:TCP|UDP|SCTP)$/.test(protocol)) return undefined;
  const endpoint = read(endpointText);
  return endpoint && { ...endpoint, protocol, rest };
}

/** Columns: address and port, forwarding, weight, active and inactive connections. */
const MEMBER = /^\s*->\s+(\S+)\s+[A-Za-z]\S*\s+(\d+)\s+(\d+)\s+(\d+)\s*$/;

function readMember(line: string, read: ReadEndpoint): IpvsMember | undefined {
  const [, endpointText = '', weight, active, inactive] = MEMBER.exec(line) ?? [];
  const endpoint = read(endpointText);
  if (endpoint === undefined) return undefined;
  const connections = { activeConnections: Number(active), inactiveConnections: Number(inactive) };
  return { ...endpoint, weight: Number(weight), ...connections };
}

function readEndpoint(text: string): Endpoint | undefined {
  const [, v6, v4, port = ''] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return endpointOf(v6 ?? v4, Number(port));
}

function readHexEndpoint(text: string): Endpoint | undefined {
  const [, v6, v4 = '', port = ''] = /^(?:\[([^\]]+)\]|([\dA-F]{8})):([\dA-F]{1,4})$/i.exec(text) ?? [];
  const address = v6 ?? (v4.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
  return endpointOf(address, Number.parseInt(port, 16));
}

function endpointOf(addressText: string | undefined, port: number): Endpoint | undefined {
  const reading = readAddress(addressText ?? '');
  return 'problem' in reading ? undefined : { address: reading.value, port };
}

const readCount = (text: string): number | undefined =>
  /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined;
