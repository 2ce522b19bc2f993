import { describe, expect, it } from 'vitest';
import { unusableVrrpValues } from '../../../../src/domain/keepalived/vrrp-values.ts';
import { vrrpJson } from '../../../support/keepalived/keepalived-models.ts';
import { vrrpText } from '../../../support/keepalived/rendered-keepalived.ts';

const SIX = {
  unicast_src_ip: '2001:db8:1::11',
  unicast_peers: ['2001:db8:1::12'],
  vips: [{ ip_address: '2001:db8:1::100', subnet_cidr: '2001:db8:1::/64', gateway: null }],
};
const TEXT = vrrpText(vrrpJson());
const lineOf = (text: string, setting: string): number =>
  text.split('\n').findIndex((line) => line.trim() === setting) + 1;
const changed = (from: string, to: string, text = TEXT): string => {
  expect(text).toContain(`    ${from}\n`);
  return text.replace(`    ${from}\n`, `    ${to}\n`);
};

describe('a VRRP value that keepalived accepts and replaces', () => {
  it('does not occur in a rendered configuration', () => {
    expect(unusableVrrpValues(TEXT, '')).toEqual([]);
    expect(unusableVrrpValues(vrrpText(vrrpJson(SIX)), '')).toEqual([]);
  });

  it.each([
    ...['0', '255', '256', '-1', '1.5', 'x'].map((value) => [
      'priority 100',
      `priority ${value}`,
      'not 1 to 254',
    ]),
    ...['0', '256', '-1', 'x'].map((id) => [
      'virtual_router_id 1',
      `virtual_router_id ${id}`,
      'not 1 to 255',
    ]),
    ...['0', '0.5', '256'].map((value) => ['advert_int 1', `advert_int ${value}`, 'not 1 to 255 s']),
  ])('is found in the text: %s, as %s', (from = '', to = '', fault) => {
    const text = changed(from, to);
    expect(unusableVrrpValues(text, '')).toEqual([`(Line ${lineOf(text, to)}) ${to}: ${fault}`]);
  });

  it.each(['priority 1', 'priority 254', 'priority "90"', 'priority 90 # of 254', 'priority None'])(
    'is not: %s',
    (setting) => expect(unusableVrrpValues(changed('priority 100', setting), '')).toEqual([]),
  );

  it('has another limit of the interval in version 3, for IPv6', () => {
    const six = vrrpText(vrrpJson(SIX));
    expect(unusableVrrpValues(changed('advert_int 1', 'advert_int 0.5', six), '')).toEqual([]);
    expect(unusableVrrpValues(changed('advert_int 1', 'advert_int 41', six), '')).toHaveLength(1);
    expect(unusableVrrpValues(`vrrp_version 3\n${changed('advert_int 1', 'advert_int 0.5')}`, '')).toEqual(
      [],
    );
  });

  it('includes a missing router id', () => {
    expect(unusableVrrpValues(changed('virtual_router_id 1', ''), '')).toEqual([
      'vrrp_instance: no virtual_router_id',
    ]);
  });

  it('is not searched in other blocks', () => {
    const text = `vrrp_sync_group g {\n  priority 0\n}\n${changed('track_script {', 'track_script {\n  priority 0')}`;
    expect(unusableVrrpValues(text, '')).toEqual([]);
  });
});

describe('the output of keepalived', () => {
  it.each([
    '(Line 7) (check_script): vrrp script interval must be greater than 0, setting to 1',
    "(Line 8) (check_script): vrrp script fall value '0' invalid, defaulting to 1",
    "(Line 19) (vi): Invalid garp_master_refresh '-1' - ignoring",
    "(Line 13) (vi) unknown state 'FOO', defaulting to BACKUP",
    "(Line 23) (vi) unknown authentication type 'FOO'",
    '(Line 27) Configuration error: VRRP instance[vi] malformed src address[10.0.1.300]. Skipping...',
    '(Line 33) (vi): address family must match VRRP instance [10.0.1.100] - ignoring',
    '(Line 33) VRRP parsed invalid IP 10.0.1.300. skipping IP...',
    '(Line 53) (vi) track script other_script not found, ignoring...',
  ])('reports a value that it does not use: %s', (line) => {
    expect(unusableVrrpValues(TEXT, `SECURITY VIOLATION - x\n${line}\n`)).toEqual([line]);
  });

  it.each([
    "(Line 9) (vi) unknown state 'STANDALONE', defaulting to BACKUP",
    '(vi) Warning - nopreempt will not work with initial state MASTER - clearing',
    'SECURITY VIOLATION - scripts are being executed but script_security not enabled.',
    '(Line 20) Truncating auth_pass to 8 characters',
    '(vi) VRRP version 3 does not support authentication. Ignoring.',
    '(Line 41) VRRP parsed invalid IP gateway. skipping IP...\n(Line 41) unknown route keyword gateway',
    '(Line 42) VRRP parsed invalid IP None. skipping IP...\n(Line 42) invalid route via address None',
    '(Line 25) Configuration error: VRRP instance[vi] malformed unicast peer address[None]. Skipping...',
    "(Line 8) invalid number 'None'\n(Line 8) (check_script): vrrp script fall value invalid, defaulting to 1",
    '(vi) A unicast keyword has been specified without any unicast peers. Defaulting to multicast.',
    '(Line 30) (vi) 10.0.1.12 - duplicate unicast_peer',
    '(Line 19) (vi): garp_master_refresh_repeat must be greater than 0, setting to 1',
  ])('is no error about the text of a controller: %s', (output) => {
    expect(unusableVrrpValues(TEXT, output)).toEqual([]);
  });
});
