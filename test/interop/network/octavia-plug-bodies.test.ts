import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCommandRunner } from '../../../src/host/command.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { parsePlugNetwork } from '../../../src/schemas/plug-network.ts';

const SCRIPT = path.resolve(import.meta.dirname, 'octavia_plug_bodies.py');
const TIMEOUT_MS = 120_000;

const MAC = 'fa:16:3e:00:00:01';
const SUBNET = { cidr: '10.90.0.0/24', gateway_ip: '10.90.0.1', host_routes: [] };
const SUBNET_6 = { cidr: 'fd00::/64', gateway_ip: 'fd00::1', host_routes: [] };
const DEFAULT_ROUTE = { destination: '0.0.0.0/0', nexthop: '10.90.0.254' };
const VIP = { vip: '10.90.0.10', vrrp_ip: '10.90.0.3' };
const BARE = { ...SUBNET, gateway_ip: null };

interface KnownSubnet {
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly host_routes: readonly object[];
}

interface KnownPort {
  readonly mac_address: string;
  readonly mtu?: number | null;
  readonly fixed_ips?: readonly { readonly ip_address: string; readonly subnet: KnownSubnet }[];
}

interface Case {
  readonly name: string;
  readonly call: string;
  readonly vip?: string;
  readonly vrrp_ip?: string | null;
  readonly vip_subnet?: KnownSubnet;
  readonly vip_port?: KnownPort;
  readonly additional_vips?: readonly object[];
  readonly port?: KnownPort;
}

/** What Octavia knows of ports, subnets and networks, with null wherever its data models may have None. */
const cases: readonly Case[] = [
  { name: 'a VIP', call: 'vip', ...VIP, vip_subnet: SUBNET, vip_port: { mac_address: MAC, mtu: 1450 } },
  {
    name: 'a network without MTU',
    call: 'vip',
    ...VIP,
    vip_subnet: SUBNET,
    vip_port: { mac_address: MAC, mtu: null },
  },
  {
    name: 'a network of MTU 0',
    call: 'vip',
    ...VIP,
    vip_subnet: SUBNET,
    vip_port: { mac_address: MAC, mtu: 0 },
  },
  {
    name: 'a subnet without a gateway',
    call: 'vip',
    ...VIP,
    vip_subnet: BARE,
    vip_port: { mac_address: MAC },
  },
  {
    name: 'no VRRP address yet',
    call: 'vip',
    ...VIP,
    vrrp_ip: null,
    vip_subnet: SUBNET,
    vip_port: { mac_address: MAC },
  },
  {
    name: 'a default route among the host routes',
    call: 'vip',
    ...VIP,
    vip_subnet: { ...SUBNET, host_routes: [DEFAULT_ROUTE] },
    vip_port: { mac_address: MAC },
  },
  {
    name: 'VIPs of both IP versions',
    call: 'vip',
    ...VIP,
    vip_subnet: SUBNET,
    vip_port: { mac_address: MAC.toUpperCase() },
    additional_vips: [
      { ip_address: 'fd00::10', subnet: SUBNET_6 },
      { ip_address: 'fd00::11', subnet: { ...SUBNET_6, gateway_ip: null } },
    ],
  },
  { name: 'a port without fixed IPs, of MTU 0', call: 'network', port: { mac_address: MAC, mtu: 0 } },
  {
    name: 'a member network',
    call: 'network',
    port: {
      mac_address: MAC,
      mtu: null,
      fixed_ips: [
        { ip_address: '10.90.0.5', subnet: { ...BARE, host_routes: [DEFAULT_ROUTE] } },
        { ip_address: 'fd00::5', subnet: SUBNET_6 },
      ],
    },
  },
  {
    name: "a subnet on the VIP's own port, of MTU 0",
    call: 'network',
    ...VIP,
    vip_subnet: BARE,
    vip_port: { mac_address: MAC, mtu: 0 },
    port: { mac_address: MAC, mtu: 0, fixed_ips: [{ ip_address: '10.90.0.3', subnet: BARE }] },
  },
];

interface Sent {
  readonly path: string;
  readonly body: { readonly [key: string]: unknown };
}

describe("the bodies that Octavia's own driver sends", () => {
  const sent = new Map<string, Sent>();

  beforeAll(async () => {
    const { stdout } = await createCommandRunner().run(['/usr/bin/python3', SCRIPT], {
      timeoutMs: TIMEOUT_MS,
      input: cases.map((one) => `${JSON.stringify(one)}\n`).join(''),
    });
    const lines = stdout.trim().split('\n');
    for (const [index, { name }] of cases.entries()) sent.set(name, JSON.parse(lines[index] ?? '') as Sent);
  });

  it.each(cases)('are accepted: $name', ({ name, call, vrrp_ip: vrrpIp, vip_port: vipPort, port }) => {
    const { path: target, body } = sent.get(name) ?? { path: '', body: {} };
    const mtu = (port ?? vipPort)?.mtu || undefined;
    if (call === 'vip') {
      const request = parsePlugVip(path.basename(target), body);
      expect(request).toMatchObject({ macAddress: MAC, isSriov: false });
      expect(request.mtu).toBe(mtu);
      expect(request.vrrp?.address).toBe(vrrpIp ?? undefined);
    } else {
      const request = parsePlugNetwork(body);
      expect(request.macAddress).toBe(MAC);
      expect(request.mtu).toBe(mtu);
      expect(request.fixedIps).toHaveLength(port?.fixed_ips?.length ?? 0);
      expect(request.vip?.vips[0].address).toBe(vipPort && '10.90.0.10');
    }
  });
});
