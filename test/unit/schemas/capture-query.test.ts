import { describe, expect, it } from 'vitest';
import { parseCaptureQuery } from '../../../src/schemas/capture-query.ts';

const NONE = {
  interface: undefined,
  filter: undefined,
  seconds: undefined,
  bytes: undefined,
  payload: undefined,
};

describe('the query of a capture', () => {
  it('has a default for everything but the interface', () => {
    expect(parseCaptureQuery({ ...NONE, interface: 'eth1' })).toEqual({
      interfaceName: 'eth1',
      filter: '',
      seconds: 10,
      bytes: 10_485_760,
      payload: false,
    });
  });

  it('is taken as it is', () => {
    const sent = {
      interface: 'eth1',
      filter: ' tcp port 80 ',
      seconds: '300',
      bytes: '1024',
      payload: 'true',
    };
    expect(parseCaptureQuery(sent)).toEqual({
      interfaceName: 'eth1',
      filter: 'tcp port 80',
      seconds: 300,
      bytes: 1024,
      payload: true,
    });
  });

  it.each([
    [{ interface: undefined }, 'interface: required: the name of a network interface'],
    [{ interface: 'a-name-too-long0' }, /^interface: must be the name of a network interface, of at most 15/],
    [{ seconds: '0' }, 'seconds: must be a whole number from 1 to 300 (seconds)'],
    [{ seconds: '301' }, 'seconds: must be a whole number from 1 to 300 (seconds)'],
    [{ seconds: '1.5' }, 'seconds: must be a whole number from 1 to 300 (seconds)'],
    [{ bytes: '1023' }, 'bytes: must be a whole number from 1024 to 67108864 (bytes)'],
    [{ bytes: '67108865' }, 'bytes: must be a whole number from 1024 to 67108864 (bytes)'],
    [{ payload: 'yes' }, 'payload: must be true or false'],
    [{ filter: 'a\0b' }, /^filter: must have at most 1000 printable ASCII characters/],
    [{ filter: 'a\nb' }, /^filter: /],
    [{ filter: 'x'.repeat(1001) }, /^filter: /],
    [{ seconds: 'x', bytes: 'x' }, /^seconds: .*\nbytes: /],
  ])('says what is allowed: %j', (wrong, fault) => {
    expect(() => parseCaptureQuery({ ...NONE, interface: 'eth1', ...wrong })).toThrow(fault);
  });
});
