import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { vip4, vip6, vrrpJson } from '../../support/keepalived/keepalived-models.ts';
import { GOLDEN, vrrpText } from '../../support/keepalived/rendered-keepalived.ts';

const HOST_ROUTES = [{ destination: '10.9.0.0/16', nexthop: '10.0.1.7' }];
const MODELS = {
  pair: vrrpJson({ vips: [vip4({ host_routes: HOST_ROUTES })] }),
  'dual-stack': vrrpJson({
    vips: [vip4(), vip6({ host_routes: [{ destination: '2001:db8:9::/48', nexthop: '2001:db8:1::7' }] })],
  }),
  'ipv6-first': vrrpJson({
    unicast_src_ip: '2001:db8:1::11',
    unicast_peers: ['2001:db8:1::12'],
    vips: [vip6(), vip4()],
  }),
  'no-peer': vrrpJson({ unicast_peers: [] }),
  'no-gateway': vrrpJson({ auth_pass: null, vips: [vip4({ gateway: null })] }),
  'own-times': vrrpJson({
    advert_int: 3,
    garp_master_refresh: 60,
    garp_master_refresh_repeat: 4,
    check_interval: 7,
    check_fall: 3,
    check_rise: 4,
  }),
};

describe('keepalived.conf of a pair', () => {
  it.each(Object.entries(MODELS))('equals its golden file: %s', async (name, model) => {
    await expect(vrrpText(model)).toMatchFileSnapshot(path.join(GOLDEN, 'vrrp', `${name}.conf`));
  });

  const linesOf = (json: unknown, word: string): string[] =>
    vrrpText(json)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes(word));

  it('has each route once, also if VIPs share it', () => {
    const shared = vip4({ ip_address: '10.0.1.101', host_routes: HOST_ROUTES });
    const model = vrrpJson({ vips: [vip4({ host_routes: HOST_ROUTES }), shared] });
    expect(linesOf(model, ' dev eth1 ')).toEqual([
      '10.0.1.0/24 dev eth1 src 10.0.1.100 scope link table 1',
      'default via 10.0.1.1 dev eth1 onlink table 1',
      '10.9.0.0/16 via 10.0.1.7 dev eth1 onlink table 1',
    ]);
    expect(linesOf(model, 'from ')).toHaveLength(2);
  });

  it('treats a host route to 0.0.0.0/0 as the default route', () => {
    const host_routes = [{ destination: '0.0.0.0/0', nexthop: '10.0.1.1' }];
    expect(linesOf(vrrpJson({ vips: [vip4({ host_routes })] }), ' via ')).toEqual([
      'default via 10.0.1.1 dev eth1 onlink table 1',
    ]);
  });

  it('has a password with IPv4 only: VRRP version 3 knows none', () => {
    expect(linesOf(MODELS.pair, 'auth_')).toEqual(['auth_type PASS', 'auth_pass secret']);
    expect(linesOf(MODELS['ipv6-first'], 'auth')).toEqual([]);
  });
});
