import { describe, expect, it } from 'vitest';
import { readHaproxyNeeds } from '../../../../src/domain/haproxy/haproxy-needs.ts';
import { DESCRIPTOR_CASES, descriptorConfig } from '../../../support/haproxy/descriptor-cases.ts';

const needs = (text: string) => readHaproxyNeeds(Buffer.from(text));

describe('the file descriptors that haproxy needs', () => {
  it.each(DESCRIPTOR_CASES)('are counted as haproxy counts them: $what', ({ parts, atLeast }) => {
    expect(needs(descriptorConfig(parts)).descriptors?.atLeast).toBe(atLeast);
  });

  it('come with the directive that needs them', () => {
    expect(needs('global\n    maxconn 500\n').descriptors).toEqual({
      atLeast: 1000,
      directive: 'maxconn',
      value: 500,
    });
    expect(needs('global\n    ulimit-n 700\n    maxconn 500\n').descriptors).toEqual({
      atLeast: 700,
      directive: 'ulimit-n',
      value: 700,
    });
  });

  it.each([
    ['a condition', 'global\n.if feature(OPENSSL)\n    maxconn 50000\n.endif\n'],
    ['a variable', 'global\n    maxconn "$CONNECTIONS"\n'],
    ['nothing but a listener with its own limit', 'frontend f\n    maxconn 50000\n'],
    ['nothing', ''],
  ])('are unknown: %s', (_what, text) => {
    expect(needs(text).descriptors).toBeUndefined();
  });
});

describe('the TLS session cache', () => {
  const TLS = 'frontend f\n    bind 10.0.0.1:443 ssl crt-list /list\n';
  it.each([
    ['as the text has it', `global\n    tune.ssl.cachesize 300\n${TLS}`, 300],
    [
      'as the last line has it',
      `global\n    tune.ssl.cachesize 300\n    tune.ssl.cachesize 200\n${TLS}`,
      200,
    ],
    [
      'not where nothing speaks TLS',
      'global\n    tune.ssl.cachesize 300\nfrontend f\n    bind :80\n',
      undefined,
    ],
    ['not where nothing is said of it', TLS, undefined],
    ['not in a comment', `global\n    # tune.ssl.cachesize 300\n${TLS}`, undefined],
  ])('counts %s', (_what, text, blocks) => {
    expect(needs(text).cacheBlocks).toBe(blocks);
  });
});
