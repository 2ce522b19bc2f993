import { describe, expect, it } from 'vitest';
import {
  hostsOfAmphorae,
  InvalidHosts,
  isJsonList,
  readHostLines,
} from '../../../../src/domain/fleet/hosts-file.ts';
import { parseAmphoraList } from '../../../../src/schemas/amphora-list.ts';

const id = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

describe('a file of hosts with lines', () => {
  it('has an address and an amphora in each line, and comments', () => {
    const text = `# west\r\n192.0.2.1\t${id(0xa).toUpperCase()} # the first\r\n\n  [2001:db8::1]  ${id(2)}\nlb-3.example ${id(3)}`;
    expect(readHostLines(text)).toEqual({
      hosts: [
        { address: '192.0.2.1', amphora: id(0xa), loadBalancer: undefined },
        { address: '2001:db8::1', amphora: id(2), loadBalancer: undefined },
        { address: 'lb-3.example', amphora: id(3), loadBalancer: undefined },
      ],
      skipped: [],
    });
    expect(isJsonList(text)).toBe(false);
  });

  it.each([
    [`192.0.2.1\n192.0.2.2 ${id(1)}`, 'line 1: must be an address and the id of an amphora'],
    [`\n192.0.2.2 ${id(1)} more`, 'line 2: must be an address and the id of an amphora'],
    ['192.0.2.1 amphora-1', 'line 1: the id of the amphora must be a UUID'],
    [`192.0.2.1/24 ${id(1)}`, 'line 1: "192.0.2.1/24" is neither an address nor a name'],
    [`--host ${id(1)}`, 'line 1: "--host" is neither an address nor a name'],
    [`192.0.2.1 ${id(1)}\n192.0.2.2 ${id(1)}`, `${id(1)} occurs twice`],
    [`192.0.2.1 ${id(1)}\n192.0.2.1 ${id(2)}`, '192.0.2.1 occurs twice'],
    ['# nothing\n', 'it names no amphora that could answer'],
  ])('is refused: %j', (text, message) => {
    expect(() => readHostLines(text)).toThrow(InvalidHosts);
    expect(() => readHostLines(text)).toThrow(message);
  });
});

/** The keys in the order in which the OpenStack client prints them. */
const listed = (number: number, changes: object = {}) => ({
  id: id(number),
  loadbalancer_id: id(0xff),
  status: 'ALLOCATED',
  role: 'MASTER',
  lb_network_ip: `192.0.2.${number}`,
  ha_ip: '198.51.100.7',
  ...changes,
});

describe('the list of amphorae of the OpenStack client', () => {
  it('is taken as it is, without the amphorae that can not answer', () => {
    const text = JSON.stringify([
      listed(1),
      listed(2, { role: 'BACKUP' }),
      listed(3, { status: 'READY', loadbalancer_id: null, role: null, ha_ip: null }),
      listed(4, { status: 'DELETED' }),
      listed(5, { status: 'PENDING_CREATE', lb_network_ip: null }),
      listed(6, { status: 'ERROR', lb_network_ip: null }),
      listed(7, { loadbalancer_id: 'None', status: 'ERROR' }),
    ]);
    expect(isJsonList(text)).toBe(true);
    expect(hostsOfAmphorae(parseAmphoraList(text))).toEqual({
      hosts: [
        { amphora: id(1), address: '192.0.2.1', loadBalancer: id(0xff) },
        { amphora: id(2), address: '192.0.2.2', loadBalancer: id(0xff) },
        { amphora: id(3), address: '192.0.2.3', loadBalancer: undefined },
        { amphora: id(7), address: '192.0.2.7', loadBalancer: undefined },
      ],
      skipped: [
        { amphora: id(4), reason: 'its status is DELETED' },
        { amphora: id(5), reason: 'its status is PENDING_CREATE' },
        { amphora: id(6), reason: 'it has no lb_network_ip' },
      ],
    });
  });

  it.each([
    ['[', 'it is not JSON'],
    ['{"id":"x"}', 'it is not a list of amphorae'],
    ['[{"loadbalancer_id":"x"}]', '0.id:'],
    [JSON.stringify([listed(1, { id: 'x' })]), 'entry 1: id must be a UUID'],
    [JSON.stringify([listed(1, { lb_network_ip: 'a b' })]), 'entry 1: "a b" is neither'],
    [JSON.stringify([listed(1), listed(1)]), 'occurs twice'],
    ['[]', 'it names no amphora that could answer'],
  ])('is refused: %s', (text, message) => {
    expect(() => hostsOfAmphorae(parseAmphoraList(text))).toThrow(message);
    expect(() => hostsOfAmphorae(parseAmphoraList(text))).toThrow(InvalidHosts);
  });
});
