import { readFile } from 'node:fs/promises';
import { AGENT_CONFIG_FILE, type Topology } from '../../../sandbox/amphora/agent-config.ts';
import { issueServerCertificate } from '../../../sandbox/controller/pki.ts';
import type { AmphoraLab, LabAmphora } from '../../support/amphora/amphora-lab.ts';
import type { OctaviaDriver } from '../../support/amphora/octavia-driver.ts';

export const FAMILIES = ['IPv4', 'IPv6', 'dual stack'] as const;
export type Family = (typeof FAMILIES)[number];

/** One of the six kinds of amphora on which the scenario runs. */
export interface Kind {
  readonly topology: Topology;
  readonly family: Family;
  /** distinguishes the ids and addresses of the kinds, which are the same in every run */
  readonly number: number;
  readonly amphoraId: string;
}

export const KINDS: readonly Kind[] = (['SINGLE', 'ACTIVE_STANDBY'] as const)
  .flatMap((topology) => FAMILIES.map((family) => ({ topology, family })))
  .map((kind, number) => ({ ...kind, number, amphoraId: idOf(number, 'a0') }));

/** A VIP with its subnet, with the keys of plug/vip. */
export interface VipPlace {
  readonly ip_address: string;
  readonly subnet_cidr: string;
  readonly gateway: string;
}

/** The values for the arguments of the driver's methods, for one amphora. */
export interface Model {
  readonly kind: Kind;
  readonly loadBalancer: string;
  readonly listener: string;
  readonly pool: string;
  readonly udpListener: string;
  readonly udpPool: string;
  /** an id that no object has */
  readonly unknown: string;
  readonly vips: readonly [VipPlace, ...VipPlace[]];
  readonly vrrpIp: string;
  /** addresses of the amphora on the member network: first these, then those after a change */
  readonly memberPlaces: readonly [MemberPlace, MemberPlace];
  readonly macs: { readonly vip: string; readonly member: string };
  /** the texts that Octavia's own templates render */
  readonly configs: {
    readonly haproxy: string;
    readonly keepalived: string;
    readonly lvs: string;
    /** a configuration that keepalived also runs without IPVS in the kernel */
    readonly lvsWithoutMembers: string;
  };
  /** another certificate for the agent */
  readonly serverPem: string;
  readonly agentConfig: string;
}

export interface MemberPlace {
  readonly ip_address: string;
  readonly subnet_cidr: string;
  readonly host_routes: readonly [];
}

const FIRST_VIP_HOST = 100;
const FIRST_VRRP_HOST = 40;
const FIRST_MEMBER_HOST = 60;

/** Returns ids in the form of Octavia's, the same in every run. @param part two hex digits for the kind of object */
function idOf(number: number, part: string): string {
  return `${part}000000-0000-4000-8000-00000000000${number}`;
}

export async function makeModel(
  world: AmphoraLab,
  kind: Kind,
  amphora: LabAmphora,
  driver: OctaviaDriver,
): Promise<Model> {
  const { vip: network, member: memberNetwork } = world.lab.networks;
  const four = (host: number): VipPlace => ({
    ip_address: network.host(host),
    subnet_cidr: network.cidr,
    gateway: network.gateway,
  });
  const six = (host: number): VipPlace => ({
    ip_address: network.host6(host),
    subnet_cidr: network.cidr6,
    gateway: network.gateway6,
  });
  const isSix = kind.family === 'IPv6';
  const own = isSix ? six : four;
  const vipHost = FIRST_VIP_HOST + kind.number;
  const memberPlace = (host: number): MemberPlace => ({
    ip_address: isSix ? memberNetwork.host6(host) : memberNetwork.host(host),
    subnet_cidr: isSix ? memberNetwork.cidr6 : memberNetwork.cidr,
    host_routes: [],
  });
  const base = {
    kind,
    loadBalancer: idOf(kind.number, 'b0'),
    listener: idOf(kind.number, 'c0'),
    pool: idOf(kind.number, 'c1'),
    udpListener: idOf(kind.number, 'd0'),
    udpPool: idOf(kind.number, 'd1'),
    unknown: idOf(kind.number, 'e0'),
    vips: [own(vipHost), ...(kind.family === 'dual stack' ? [six(vipHost)] : [])] as const,
    vrrpIp: own(FIRST_VRRP_HOST + kind.number).ip_address,
    memberPlaces: [
      memberPlace(FIRST_MEMBER_HOST + kind.number),
      memberPlace(FIRST_MEMBER_HOST + KINDS.length + kind.number),
    ] as const,
  };
  return {
    ...base,
    macs: {
      vip: (await amphora.plugNic('vip')).macAddress,
      member: (await amphora.plugNic('member')).macAddress,
    },
    configs: await renderConfigs(world, kind, base, driver),
    ...(await makeFiles(world, amphora)),
  };
}

type Named = Pick<
  Model,
  'loadBalancer' | 'listener' | 'pool' | 'udpListener' | 'udpPool' | 'vips' | 'vrrpIp'
>;

async function renderConfigs(
  world: AmphoraLab,
  kind: Kind,
  named: Named,
  driver: OctaviaDriver,
): Promise<Model['configs']> {
  const { vip: network } = world.lab.networks;
  const [vip, ...additional] = named.vips;
  const otherVrrpIp =
    kind.family === 'IPv6' ? network.host6(FIRST_VRRP_HOST - 1) : network.host(FIRST_VRRP_HOST - 1);
  const own = { id: kind.amphoraId, vrrp_ip: named.vrrpIp, priority: 100 };
  const pair = [
    { ...own, role: 'MASTER' },
    { id: idOf(kind.number, 'a1'), vrrp_ip: otherVrrpIp, role: 'BACKUP', priority: 90 },
  ];
  const told = {
    load_balancer: named.loadBalancer,
    listener: named.listener,
    pool: named.pool,
    health_monitor: idOf(kind.number, 'c2'),
    topology: kind.topology,
    vip: vip.ip_address,
    subnet_cidr: vip.subnet_cidr,
    gateway: vip.gateway,
    additional_vips: additional,
    own: kind.amphoraId,
    amphorae: kind.topology === 'SINGLE' ? [{ ...own, role: 'STANDALONE' }] : pair,
    members: world.members.map((server, index) => ({
      id: idOf(index, 'c3'),
      address: kind.family === 'IPv6' ? server.address6 : server.address,
      port: 80,
    })),
  };
  const udp = {
    ...told,
    listener: named.udpListener,
    pool: named.udpPool,
    health_monitor: idOf(kind.number, 'd2'),
  };
  return {
    haproxy: await driver.render('haproxy', told),
    keepalived: await driver.render('keepalived', told),
    lvs: await driver.render('lvs', udp),
    lvsWithoutMembers: await driver.render('lvs', { ...udp, members: [] }),
  };
}

async function makeFiles(
  { pki }: AmphoraLab,
  amphora: LabAmphora,
): Promise<Pick<Model, 'serverPem' | 'agentConfig'>> {
  return {
    serverPem: await readFile(await issueServerCertificate(pki, amphora.id, []), 'utf8'),
    agentConfig: await amphora.readText(AGENT_CONFIG_FILE),
  };
}
