import { describe, expect, it } from 'vitest';
import { interfaceDiff } from '../../../../src/domain/network/interface-diff.ts';
import type { InterfaceFile } from '../../../../src/domain/network/interface-file.ts';
import { planVip } from '../../../../src/domain/network/interface-plan.ts';
import { parsePlugVip } from '../../../../src/schemas/plug.ts';
import { bareInterface } from '../../../support/network/kernel-model.ts';

const VIP = planVip(
  parsePlugVip('10.90.0.10', {
    subnet_cidr: '10.90.0.0/24',
    gateway: '10.90.0.1',
    vrrp_ip: '10.90.0.3',
    mac_address: 'fa:16:3e:00:00:01',
  }),
  'SINGLE',
);
const MEMBER: InterfaceFile = { ...VIP, name: 'eth2', type: 'backend', addresses: [], routes: [], rules: [] };

describe('a host route that is a default route', () => {
  const [vipDefault] = VIP.routes;
  if (vipDefault === undefined) throw new Error('no default route');
  const hostDefault = { ...vipDefault, gateway: '10.90.0.254' };
  const withoutGateway = VIP.routes.filter(({ gateway }) => gateway === undefined);
  const verdicts = (file: InterfaceFile): Record<string, boolean> =>
    Object.fromEntries(
      interfaceDiff(file, { ...bareInterface, name: file.name })
        .lines.filter(({ text }) => text.includes(' 0.0.0.0/0 ') || text.includes(' ::/0 '))
        .map(({ text, optional }) => [text.split(' onlink')[0] ?? '', optional]),
    );

  it("of a member's network may be refused", () => {
    const ipv6 = { ...hostDefault, destination: '::/0', gateway: 'fd00::1' };
    expect(verdicts({ ...MEMBER, routes: [hostDefault, ipv6] })).toEqual({
      'route add 0.0.0.0/0 via inet 10.90.0.254 dev eth2 table 254': true,
      'route add ::/0 via inet6 fd00::1 dev eth2 table 254': true,
    });
  });

  it('of a VIP with a gateway is ignored', () => {
    expect(verdicts({ ...VIP, routes: [...VIP.routes, hostDefault] })).toEqual({
      'route replace 0.0.0.0/0 via inet 10.90.0.1 dev eth1 table 254': false,
      'route replace 0.0.0.0/0 via inet 10.90.0.1 dev eth1 table 1': false,
    });
  });

  it('of a VIP without a gateway may be refused', () => {
    expect(verdicts({ ...VIP, routes: [...withoutGateway, hostDefault] })).toEqual({
      'route add 0.0.0.0/0 via inet 10.90.0.254 dev eth1 table 254': true,
    });
  });

  it('does not count as the default route of a VIP of the other IP version', () => {
    const ipv6 = [
      { ...vipDefault, destination: '::/0', gateway: 'fd00::1' },
      ...withoutGateway.map((entry) => ({ ...entry, destination: 'fd00::/64', preferredSource: undefined })),
    ];
    expect(verdicts({ ...VIP, routes: [...withoutGateway, hostDefault, ...ipv6] })).toEqual({
      'route add 0.0.0.0/0 via inet 10.90.0.254 dev eth1 table 254': true,
      'route replace ::/0 via inet6 fd00::1 dev eth1 table 254': false,
    });
  });
});
