import {
  broadcastOf,
  defaultRoute,
  hostLength,
  type IpVersion,
  ipVersion,
  netmaskOf,
  prefixLengthOf,
} from './addresses.ts';
import { type Topology, VIP_INTERFACE, VIP_TABLE, versionsOf } from './interface-plan.ts';
import type { PlugNetworkRequest, PlugVipRequest, SubnetAddress } from './plug-request.ts';

/** The commands that ifup runs, and the commands with which ifdown reverts them. */
export interface EniCommands {
  readonly comment: string | undefined;
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** One `iface` section of interfaces(5). */
export interface EniSection {
  readonly name: string;
  readonly family: 'inet' | 'inet6';
  readonly method: 'static' | 'dhcp' | 'auto';
  /** lines such as `address 10.0.0.3`, in their order */
  readonly settings: readonly string[];
  readonly commands: readonly EniCommands[];
}

/** An interface file of amphorae that use ifupdown (docs/contract.md, section 8, end). */
export interface EniFile {
  readonly names: readonly string[];
  readonly sections: readonly EniSection[];
}

const SOURCE_ROUTING = 'Add a source routing table to allow members to access the VIP';
const RULE_PRIORITY = 100;
const MAIN = 'main';

/**
 * Plans the ifupdown configuration of the VIP's interface. Each VIP is an alias (eth1:0, …). With ACTIVE_STANDBY, keepalived
 * manages the VIPs, and the settings that must exist before belong to eth1.
 */
export function planEni(request: PlugVipRequest, topology: Topology): EniFile {
  const claimSlot = slotRegister();
  const own = ownSections(request, claimSlot);
  const commands = request.vips.map((vip) => vipCommands(vip, request, topology, claimSlot));
  const aliases = topology === 'SINGLE' ? request.vips : [];
  const withCommands = own.map((section, index) =>
    index < own.length - 1 ? section : { ...section, commands: [...section.commands, ...commands.flat()] },
  );
  const sections = [
    ...(aliases.length > 0 ? own : withCommands),
    ...aliases.map((vip, index) =>
      staticSection(aliasName(VIP_INTERFACE, index), vip, commands[index] ?? []),
    ),
    ...request.fixedIps.map((fixedIp, index) =>
      staticSection(aliasName(VIP_INTERFACE, aliases.length + index), fixedIp, [
        hostRoutes(VIP_INTERFACE, fixedIp, claimSlot),
      ]),
    ),
  ];
  return fileOf(sections);
}

/**
 * Plans the ifupdown configuration of a member network's interface. Its first address is its own; the others are aliases.
 */
export function planNetworkEni(name: string, request: PlugNetworkRequest): EniFile {
  const { fixedIps, mtu, isSriov } = request;
  const claimSlot = slotRegister();
  const versions = fixedIps.length === 0 ? ([4, 6] as const) : versionsOf(fixedIps);
  const wholeLink = [
    ...mtuCommands(name, mtu),
    ...(isSriov ? [] : versions.map((version) => masquerade(name, version))),
  ];
  if (fixedIps.length === 0) return fileOf(automaticSections(name, versions, wholeLink));
  return fileOf(
    fixedIps.map((fixedIp, index) =>
      staticSection(index === 0 ? name : aliasName(name, index - 1), fixedIp, [
        ...(index === 0 ? wholeLink : []),
        hostRoutes(name, fixedIp, claimSlot),
      ]),
    ),
  );
}

const fileOf = (sections: readonly EniSection[]): EniFile => ({
  names: [...new Set(sections.map(({ name }) => name))],
  sections,
});

const aliasName = (name: string, index: number): string => `${name}:${index}`;

/** Adds the commands to the first section of the interface, so that they run once. */
const automaticSections = (
  name: string,
  versions: readonly IpVersion[],
  commands: readonly EniCommands[],
): EniSection[] =>
  versions.map((version, index) => ({
    name,
    family: familyOf(version),
    method: version === 4 ? 'dhcp' : 'auto',
    settings: [],
    commands: index === 0 ? commands : [],
  }));

const mtuCommands = (name: string, mtu: number | undefined): EniCommands[] =>
  mtu === undefined ? [] : [commandsWith([`/sbin/ip link set dev ${name} mtu ${mtu}`])];

/**
 * Claims the route to a destination in a table.
 * @returns false when it is already claimed: ifup fails on a second equal route
 */
type ClaimSlot = (destination: string, table: string) => boolean;

function slotRegister(): ClaimSlot {
  const taken = new Set<string>();
  return (destination, table) => {
    const slot = `${destination} ${table}`;
    const isFree = !taken.has(slot);
    taken.add(slot);
    return isFree;
  };
}

function ownSections({ vrrp, vips, mtu }: PlugVipRequest, claimSlot: ClaimSlot): EniSection[] {
  if (vrrp === undefined) {
    // the kernel adds the routes to the subnets together with the addresses
    for (const { subnet } of vips) claimSlot(subnet, MAIN);
    const setMtu = mtuCommands(VIP_INTERFACE, mtu);
    return versionsOf(vips).map((version) => {
      claimSlot(defaultRoute(version), MAIN);
      const method = version === 4 ? 'dhcp' : 'auto';
      return { name: VIP_INTERFACE, family: familyOf(version), method, settings: [], commands: setMtu };
    });
  }
  const version = ipVersion(vrrp.address);
  const gateway = vips
    .map((vip) => vip.gateway)
    .find((address) => address !== undefined && ipVersion(address) === version);
  if (gateway !== undefined) claimSlot(defaultRoute(version), MAIN);
  claimSlot(vrrp.subnet, MAIN);
  const settings = [
    ...addressSettings(vrrp.address, vrrp.subnet),
    ...(gateway === undefined ? [] : [`gateway ${gateway}`]),
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
  ];
  return [{ name: VIP_INTERFACE, family: familyOf(version), method: 'static', settings, commands: [] }];
}

const staticSection = (name: string, place: SubnetAddress, commands: readonly EniCommands[]): EniSection => ({
  name,
  family: familyOf(ipVersion(place.address)),
  method: 'static',
  settings: addressSettings(place.address, place.subnet),
  commands,
});

const familyOf = (version: IpVersion): 'inet' | 'inet6' => (version === 4 ? 'inet' : 'inet6');

function addressSettings(address: string, subnet: string): string[] {
  if (ipVersion(address) === 6) return [`address ${address}`, `netmask ${prefixLengthOf(subnet)}`];
  return [`address ${address}`, `broadcast ${broadcastOf(subnet)}`, `netmask ${netmaskOf(subnet)}`];
}

function vipCommands(
  vip: SubnetAddress,
  request: PlugVipRequest,
  topology: Topology,
  claimSlot: ClaimSlot,
): EniCommands[] {
  const version = ipVersion(vip.address);
  const single = topology === 'SINGLE';
  const first = request.vips.find((other) => ipVersion(other.address) === version) === vip;
  const source = `from ${vip.address}/${hostLength(vip.address)} table ${VIP_TABLE} priority ${RULE_PRIORITY}`;
  return [
    { ...subnetRoutes(vip, single, claimSlot), comment: single ? SOURCE_ROUTING : undefined },
    ...(single ? [reversible(`${ipProgram(version)} rule`, [source])] : []),
    hostRoutes(VIP_INTERFACE, vip, claimSlot, VIP_TABLE),
    ...(first && !request.isSriov ? [masquerade(VIP_INTERFACE, version)] : []),
  ];
}

function subnetRoutes(
  { address, subnet, gateway }: SubnetAddress,
  single: boolean,
  claimSlot: ClaimSlot,
): EniCommands {
  const version = ipVersion(address);
  const device = `dev ${VIP_INTERFACE}`;
  const table = String(VIP_TABLE);
  // the kernel adds the subnet's route to table main with the netmask of an alias
  const inMain = claimSlot(subnet, MAIN) && !single;
  const routes = [
    ...(inMain ? [`${subnet} ${device} scope link`] : []),
    ...(single && claimSlot(subnet, table)
      ? [`${subnet} ${device} src ${address} scope link table ${table}`]
      : []),
    ...(gateway !== undefined && claimSlot(defaultRoute(version), MAIN)
      ? [`default via ${gateway} ${device} onlink`]
      : []),
    ...(gateway !== undefined && single && claimSlot(defaultRoute(version), table)
      ? [`default via ${gateway} ${device} onlink table ${table}`]
      : []),
  ];
  return reversible(`${ipProgram(version)} route`, routes);
}

/** Returns commands for host routes. `|| true`: a host route that the kernel refuses must not keep the interface down. */
function hostRoutes(name: string, place: SubnetAddress, claimSlot: ClaimSlot, alsoIn?: number): EniCommands {
  const routes = [MAIN, ...(alsoIn === undefined ? [] : [String(alsoIn)])].flatMap((table) =>
    place.hostRoutes
      .filter(({ destination }) => claimSlot(destination, table))
      .map(({ destination, nexthop }) => {
        const inTable = table === MAIN ? '' : ` table ${table}`;
        return `${destination} via ${nexthop} dev ${name} onlink${inTable} || true`;
      }),
  );
  return reversible(`${ipProgram(ipVersion(place.address))} route`, routes);
}

function masquerade(name: string, version: IpVersion): EniCommands {
  const rule = (verb: string): string =>
    `/sbin/${version === 4 ? 'iptables' : 'ip6tables'} -t nat ${verb} POSTROUTING -p udp -o ${name} -j MASQUERADE`;
  return commandsWith([rule('-A')], [rule('-D')]);
}

/** Returns commands that add the objects in this order, and delete them in the opposite order. */
const reversible = (program: string, objects: readonly string[]): EniCommands =>
  commandsWith(
    objects.map((object) => `${program} add ${object}`),
    objects.map((object) => `${program} del ${object}`).reverse(),
  );

const commandsWith = (up: readonly string[], down: readonly string[] = []): EniCommands => ({
  comment: undefined,
  up,
  down,
});

const ipProgram = (version: IpVersion): string => (version === 4 ? '/sbin/ip' : '/sbin/ip -6');
