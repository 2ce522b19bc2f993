import { describe, expect, it } from 'vitest';
import { createResolver } from '../../../../src/heartbeat/sending/resolver.ts';

describe("the resolver of controllers' names", () => {
  it('returns an address unchanged, IPv4 and IPv6', async () => {
    const resolver = createResolver();
    expect(await resolver.resolve('192.0.2.1', 1000)).toEqual({ address: '192.0.2.1', family: 4 });
    expect(await resolver.resolve('2001:db8::1', 1000)).toEqual({ address: '2001:db8::1', family: 6 });
  });

  it('waits until its limit only for a silent DNS server, with one query at a time', async () => {
    let questions = 0;
    const resolver = createResolver(() => {
      questions += 1;
      return new Promise(() => undefined);
    });
    expect(await resolver.resolve('slow.example', 20)).toBeUndefined();
    expect(await resolver.resolve('slow.example', 20)).toBeUndefined();
    expect(questions).toBe(1);
  });

  it('repeats its query at the next turn after a failure', async () => {
    const answers = [
      Promise.reject(new Error('SERVFAIL')),
      Promise.resolve({ address: '192.0.2.7', family: 4 }),
    ];
    const resolver = createResolver(() => answers.shift() ?? Promise.reject(new Error('no more')));
    expect(await resolver.resolve('late.example', 1000)).toBeUndefined();
    expect(await resolver.resolve('late.example', 1000)).toEqual({ address: '192.0.2.7', family: 4 });
  });

  it('keeps an answer instead of a query at every turn', async () => {
    let questions = 0;
    const resolver = createResolver(async () => {
      questions += 1;
      return { address: '2001:db8::7', family: 6 };
    });
    await resolver.resolve('name.example', 1000);
    expect(await resolver.resolve('name.example', 1000)).toEqual({ address: '2001:db8::7', family: 6 });
    expect(questions).toBe(1);
  });
});
