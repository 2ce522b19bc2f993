import { expect } from 'vitest';
import type { Model, VipPlace } from './model.ts';
import { frameworkError, OK, okWith, type Step, step } from './steps.ts';

const NO_INTERFACE = { details: 'No suitable network interface found' };
/** The outcome of a call when the driver tries again until its attempts are used up. */
const NOT_READY = { raised: 'TimeOutException' };
const UNKNOWN_MAC = 'fa:16:3e:00:00:01';
const NO_ADDRESS = 'nowhere';
const WHY_NO_ADDRESS = `'${NO_ADDRESS}' does not appear to be an IPv4 or IPv6 address`;

/** Returns an IPv6 address in the form that agents use in an answer. */
function exploded(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - (before?.length ?? 0) - (after?.length ?? 0) }, () => '0');
  return [...(before ?? []), ...zeros, ...(after ?? [])].map((group) => group.padStart(4, '0')).join(':');
}

const vipBody = ({ vips: [vip, ...additional], macs, vrrpIp }: Model) => ({
  subnet_cidr: vip.subnet_cidr,
  gateway: vip.gateway,
  mac_address: macs.vip,
  vrrp_ip: vrrpIp,
  mtu: 1450,
  host_routes: [],
  additional_vips: additional.map((one) => ({ ...one, host_routes: [] })),
});

export function vipSteps(model: Model): Step[] {
  const body = vipBody(model);
  const [vip] = model.vips;
  const { gateway: _gateway, ...incomplete } = body;
  const plug = (address: string, netInfo: object) => ['plug_vip', address, netInfo] as const;
  const hostBits = `${vip.ip_address}/${vip.subnet_cidr.split('/')[1]}`;
  return [
    step('plug_vip of no address', plug(NO_ADDRESS, body), 400, {
      message: `Invalid VIP: ${WHY_NO_ADDRESS}`,
    }),
    step(
      'plug_vip with host bits in the CIDR',
      plug(vip.ip_address, { ...body, subnet_cidr: hostBits }),
      400,
      {
        message: `Invalid VIP: ${hostBits} has host bits set`,
      },
    ),
    step(
      'plug_vip with a VRRP address that is none',
      plug(vip.ip_address, { ...body, vrrp_ip: NO_ADDRESS }),
      400,
      {
        message: `Invalid VRRP Address: ${WHY_NO_ADDRESS}`,
      },
    ),
    step('plug_vip without a gateway', plug(vip.ip_address, incomplete), 400, {
      ...frameworkError(400, '400 Bad Request: Invalid subnet information'),
      details: expect.stringContaining('gateway'),
    }),
    step(
      'plug_vip of an unknown MAC',
      plug(vip.ip_address, { ...body, mac_address: UNKNOWN_MAC }),
      404,
      NO_INTERFACE,
      NOT_READY,
    ),
    step(
      'plug_vip',
      plug(vip.ip_address, body),
      202,
      okWith(
        `VIPs plugged on interface eth1: ${model.vips.map(({ ip_address }) => exploded(ip_address)).join(', ')}`,
      ),
    ),
    step('plug_vip again', plug(vip.ip_address, body), 409, { message: 'Interface already exists' }),
  ];
}

export function interfaceSteps(model: Model): Step[] {
  const [vip, ...additional] = model.vips;
  const { topology } = model.kind;
  const asked = (address: string) => ['get_interface', address] as const;
  const found = { message: 'OK', interface: 'eth1' };
  const absent = { message: 'Error interface not found for IP address' };
  const isThere = topology === 'SINGLE';
  const ofVip = (name: string, { ip_address }: VipPlace): Step =>
    isThere ? step(name, asked(ip_address), 200, found) : step(name, asked(ip_address), 404, absent);
  return [
    ofVip('get_interface of the VIP', vip),
    ...additional.map((one) => ofVip('get_interface of the additional VIP', one)),
    step('get_interface of the VRRP address', asked(model.vrrpIp), 200, found),
    ...(model.kind.family === 'IPv6'
      ? [
          step(
            'get_interface of the VRRP address, written in full',
            asked(exploded(model.vrrpIp)),
            200,
            found,
          ),
        ]
      : []),
    step('get_interface of an address that nothing has', asked('192.0.2.1'), 404, absent),
    step('get_interface of no address', asked(NO_ADDRESS), 400, { message: 'Invalid IP address' }),
  ];
}

export function networkSteps(model: Model): Step[] {
  const [first, second] = model.memberPlaces;
  const port = (fixedIps: readonly object[]) => ({
    mac_address: model.macs.member,
    fixed_ips: fixedIps,
    mtu: 1450,
  });
  const plug = (body: object) => ['plug_network', body] as const;
  const { mac_address: _mac, ...nameless } = port([first]);
  const asked = (address: string) => ['get_interface', address] as const;
  const found = { message: 'OK', interface: 'eth2' };
  const absent = { message: 'Error interface not found for IP address' };
  const [vip] = model.vips;
  const vipPort = {
    mac_address: model.macs.vip,
    fixed_ips: [{ ...vip, ip_address: model.vrrpIp, host_routes: [] }],
    mtu: 1450,
    vip_net_info: { ...vipBody(model), vip: vip.ip_address },
  };
  return [
    step('plug_network without a MAC', plug(nameless), 400, {
      ...frameworkError(400, '400 Bad Request: Invalid port information'),
      details: expect.stringContaining('mac_address'),
    }),
    step(
      'plug_network with an address that is none',
      plug(port([{ ...first, ip_address: NO_ADDRESS }])),
      400,
      {
        message: 'Invalid network port',
      },
    ),
    step(
      'plug_network of an unknown MAC',
      plug({ ...port([first]), mac_address: UNKNOWN_MAC }),
      404,
      NO_INTERFACE,
      NOT_READY,
    ),
    step('plug_network', plug(port([first])), 202, okWith('Plugged on interface eth2')),
    step('get_interface of the first address', asked(first.ip_address), 200, found),
    step(
      'plug_network again, with another address',
      plug(port([second])),
      202,
      okWith('Updated existing interface eth2'),
    ),
    step('get_interface of the other address', asked(second.ip_address), 200, found),
    step('get_interface of the address that was taken away', asked(first.ip_address), 404, absent),
    step(
      'plug_network of the VRRP port with vip_net_info',
      plug(vipPort),
      202,
      okWith('Updated existing interface eth1'),
    ),
  ];
}

/** Steps with a request that the driver of python3-octavia 11.0.0 lacks; newer drivers send it. */
export function ruleSteps(model: Model): Step[] {
  const rules = (address: string, json: unknown, status: number, body: unknown, name: string): Step =>
    step(name, ['put', `interface/${address}/rules`], status, body, { named: { json } });
  const rule = { protocol: 'TCP', port: 80, cidr: null };
  return [
    rules(model.vrrpIp, [rule], 200, OK, 'put interface/IP/rules'),
    rules(
      model.vrrpIp,
      [{ ...rule, port: 0 }],
      400,
      {
        ...frameworkError(400, '400 Bad Request: Invalid rules information'),
        details: expect.stringContaining('port'),
      },
      'put interface/IP/rules with port 0',
    ),
    rules(NO_ADDRESS, [rule], 400, { message: 'Invalid IP address' }, 'put interface/IP/rules of no address'),
  ];
}
