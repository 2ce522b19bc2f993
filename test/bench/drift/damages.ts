import { readFile } from 'node:fs/promises';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { CERTIFICATE_NAME } from '../load/loaded-amphora.ts';
import { type DamageScene, memberPlace, type SceneName } from './scene.ts';

const VRRP = '/var/lib/octavia/vrrp';

/** One row of the table: what somebody damages by hand. */
export interface Damage {
  /** for `--only` */
  readonly name: string;
  readonly what: string;
  /** the kind of the difference; undefined when the service manager mends it before a second look */
  readonly kind: string | undefined;
  /** Ends the damage, if the agent only reports it. */
  undo?(scene: DamageScene): Promise<void>;
  /** Does the damage. @returns a function that asks the system, and not the agent, whether the damage is mended */
  damage(scene: DamageScene): Promise<() => Promise<boolean>>;
}

type Line = string | ((scene: DamageScene) => string);
const lineOf = (line: Line, scene: DamageScene): string => (typeof line === 'string' ? line : line(scene));

/** A damage by a command in the namespace. It is mended when the output of the other command has the wanted text again. */
const command =
  (damage: Line, look: Line, wanted: Line): Damage['damage'] =>
  async (scene) => {
    const isWhole = async (): Promise<boolean> =>
      (await scene.inside(lineOf(look, scene), [0, 1])).includes(lineOf(wanted, scene));
    if (!(await isWhole())) throw new Error(`${lineOf(wanted, scene)} is not there before the damage`);
    await scene.inside(lineOf(damage, scene));
    return isWhole;
  };

/** A damage to a file by a shell line with the file's name at its end. It is mended when text and mode are as before. */
const file =
  (of: Line, damage: string): Damage['damage'] =>
  async (scene) => {
    const name = lineOf(of, scene);
    const look = (): Promise<string> => scene.shell(`stat -c %a ${name} 2>&1; cat ${name} 2>&1; true`);
    const before = await look();
    await scene.shell(`${damage} ${name}`);
    return async () => (await look()) === before;
  };

/** A damage by a command to haproxy. It is mended when the states of its servers are as wanted again. */
const server =
  (damage: (pool: string, member: string) => string, isWhole: (states: string, member: string) => boolean) =>
  async (scene: DamageScene): Promise<() => Promise<boolean>> => {
    const { poolId, listenerId, members } = scene.balancer;
    const member = members[0]?.id ?? '';
    await scene.haproxy(damage(`${poolId}:${listenerId}`, member));
    return async () => {
      const states = await scene.haproxy('show servers state').catch(() => '');
      return states.includes(member) && isWhole(states, member);
    };
  };

const isReadyWithItsWeight = (states: string, member: string): boolean =>
  new RegExp(` ${member} \\S+ \\S+ 0 1 `).test(states);

async function killMaster(scene: DamageScene): Promise<() => Promise<boolean>> {
  const { id } = scene.balancer;
  const pidFile = scene.amphora.box.file(`/var/lib/octavia/${id}/${id}.pid`);
  const before = await readFile(pidFile, 'utf8');
  await scene.shell(`kill -9 ${before.trim()}`);
  return async () => (await readFile(pidFile, 'utf8').catch(() => before)) !== before && scene.serves();
}

async function replaceCertificate(scene: DamageScene): Promise<() => Promise<boolean>> {
  const name = `/var/lib/octavia/certs/${scene.balancer.id}/${CERTIFICATE_NAME}`;
  const fingerprint = async (): Promise<string | undefined> =>
    /^SHA1 FingerPrint: (\w+)$/m.exec(await scene.haproxy(`show ssl cert ${name}`))?.[1];
  const before = await fingerprint();
  const { serverAuthority, directory } = scene.world.pki;
  const request = { name: 'strange', commonName: 'strange.example.org', purpose: 'server' } as const;
  const pem = await readFile(await issueCertificate(serverAuthority, directory, request), 'utf8');
  await scene.haproxy(`set ssl cert ${name} <<\n${pem.replaceAll(/\n+/g, '\n')}\n`);
  await scene.haproxy(`commit ssl cert ${name}`);
  if ((await fingerprint()) === before) throw new Error('haproxy did not take the other certificate');
  return async () => (await fingerprint()) === before;
}

/** The stand-in for systemd does not start it again by itself. */
async function killKeepalived(scene: DamageScene): Promise<() => Promise<boolean>> {
  const pidFile = scene.amphora.box.file(`${VRRP}/octavia-keepalived.pid`);
  const before = await readFile(pidFile, 'utf8');
  await scene.shell(`kill -9 ${before.trim()}`);
  return async () => (await readFile(pidFile, 'utf8').catch(() => before)) !== before && scene.serves();
}

async function stopHaproxy(scene: DamageScene): Promise<() => Promise<boolean>> {
  await scene.shell(`systemctl stop haproxy-${scene.balancer.id}`);
  return () => scene.serves();
}

const memberAddress = (scene: DamageScene): string => memberPlace(scene).ip_address;

const INTERFACES: readonly Damage[] = [
  {
    ...{ name: 'link-down', what: 'interface of the VIP down', kind: 'interface' },
    damage: command('ip link set eth1 down', 'ip -o link show eth1', 'UP,LOWER_UP'),
  },
  {
    ...{ name: 'mtu', what: 'MTU of a member network changed', kind: 'interface' },
    damage: command('ip link set eth2 mtu 1300', 'ip -o link show eth2', 'mtu 1450'),
  },
  {
    ...{
      name: 'outside',
      what: 'interface of a member network moved out of the namespace',
      kind: 'interface',
    },
    damage: command('ip link set eth2 netns 1', 'ip -o link show eth2', 'UP,LOWER_UP'),
  },
  {
    ...{ name: 'vip', what: 'VIP deleted', kind: 'addresses' },
    damage: command(
      ({ vip }) => `ip address flush dev eth1 to ${vip}`,
      'ip -o address show dev eth1',
      ({ vip }) => ` ${vip}/`,
    ),
  },
  {
    ...{ name: 'address', what: 'address of a member network deleted', kind: 'addresses' },
    damage: command(
      (scene) => `ip address flush dev eth2 to ${memberAddress(scene)}`,
      'ip -o address show dev eth2',
      (scene) => ` ${memberAddress(scene)}/`,
    ),
  },
  {
    ...{ name: 'default-route', what: 'default route of the VIP deleted', kind: 'addresses' },
    damage: command('ip route del default table 1', 'ip route show table 1', 'default via'),
  },
  {
    ...{ name: 'network-route', what: 'route of a member network deleted', kind: 'addresses' },
    damage: command(
      (scene) => `ip route del ${memberPlace(scene).subnet_cidr} dev eth2`,
      'ip route show dev eth2',
      (scene) => memberPlace(scene).subnet_cidr,
    ),
  },
  {
    ...{ name: 'rule', what: 'rule of the VIP deleted', kind: 'addresses' },
    damage: command(
      ({ vip }) => `ip rule del from ${vip}`,
      'ip rule show',
      ({ vip }) => `from ${vip}`,
    ),
  },
];

const FILTERS: readonly Damage[] = [
  {
    ...{ name: 'masquerade', what: 'table of the masquerading deleted', kind: 'masquerade' },
    damage: command('nft delete table ip amphora_eth2', 'nft list tables', 'table ip amphora_eth2'),
  },
  {
    ...{ name: 'firewall', what: 'table of the VIP firewall deleted', kind: 'firewall' },
    damage: command('nft delete table inet amphora_table', 'nft list tables', 'amphora_table'),
  },
  {
    ...{ name: 'sysctl', what: 'forwarding of the kernel switched off', kind: 'sysctl' },
    damage: command('sysctl -q -w net.ipv4.ip_forward=0', 'sysctl -n net.ipv4.ip_forward', '1'),
  },
];

const HAPROXY: readonly Damage[] = [
  { name: 'killed', what: 'master of haproxy killed', kind: undefined, damage: killMaster },
  {
    ...{ name: 'disabled', what: 'member disabled at the socket of haproxy', kind: 'members' },
    damage: server((pool, member) => `disable server ${pool}/${member}`, isReadyWithItsWeight),
  },
  {
    ...{ name: 'weight', what: 'weight of a member changed there', kind: 'members' },
    damage: server((pool, member) => `set server ${pool}/${member} weight 9`, isReadyWithItsWeight),
  },
  {
    ...{ name: 'stranger', what: 'server added there', kind: 'members' },
    damage: server(
      (pool) => `add server ${pool}/stranger 192.0.2.9:80`,
      (states) => !states.includes(' stranger '),
    ),
  },
  {
    ...{ name: 'certificate', what: 'certificate replaced in the memory of haproxy', kind: 'certificates' },
    damage: replaceCertificate,
  },
  {
    ...{ name: 'mode', what: 'key made readable for all', kind: 'mode' },
    damage: file(({ balancer }) => `/var/lib/octavia/certs/${balancer.id}/${CERTIFICATE_NAME}`, 'chmod 644'),
  },
  {
    ...{ name: 'settings', what: "haproxy's settings of the agent deleted", kind: 'file' },
    damage: file('/var/lib/octavia/haproxy-hard-stop.conf', 'rm'),
  },
];

/** Another machine with the VIP: the bridge of the network, on which no client is. */
const changeOwner =
  (action: 'add' | 'del') =>
  async ({ world, vip }: DamageScene): Promise<void> => {
    const place = ['dev', world.lab.networks.vip.bridge] as const;
    await runProgram(['ip', 'address', action, `${vip}/32`, ...place]);
  };

const OWNERS: readonly Damage[] = [
  {
    ...{ name: 'vip-owner', what: 'VIP given to another machine too', kind: 'vip-owner' },
    undo: changeOwner('del'),
    async damage(scene) {
      await changeOwner('add')(scene);
      return () => Promise.resolve(false);
    },
  },
];

const PAIR: readonly Damage[] = [
  {
    ...{ name: 'stopped', what: 'haproxy stopped with systemctl', kind: 'haproxy' },
    damage: stopHaproxy,
  },
  {
    name: 'keepalived',
    what: 'keepalived killed, and not started again by its service manager',
    kind: 'keepalived',
    damage: killKeepalived,
  },
  {
    ...{ name: 'script', what: 'check script of keepalived edited', kind: 'file' },
    damage: file(`${VRRP}/check_scripts/haproxy_check_script.sh`, "echo 'exit 0' >"),
  },
  {
    ...{ name: 'unit', what: 'unit of haproxy edited', kind: 'unit' },
    damage: file(({ balancer }) => `/usr/lib/systemd/system/haproxy-${balancer.id}.service`, 'echo >>'),
  },
];

/** All damages by the scene in which they are done. */
export const DAMAGES: Readonly<Record<SceneName, readonly Damage[]>> = {
  single: [...INTERFACES, ...FILTERS, ...HAPROXY, ...OWNERS],
  pair: PAIR,
};
