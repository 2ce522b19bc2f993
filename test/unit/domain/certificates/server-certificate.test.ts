import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import own from 'https-pem';
import { describe, expect, it } from 'vitest';
import {
  readServerCertificate,
  validityWarning,
} from '../../../../src/domain/certificates/server-certificate.ts';
import { InvalidConfiguration } from '../../../../src/errors.ts';

const key = own.key.toString().trim();
const leaf = own.cert.toString().trim();
const [first = '', second = ''] = rootCertificates;
const read = (pem: string) => readServerCertificate(pem, 'server.pem');

describe("the PEM of the agent's own certificate", () => {
  it.each([
    ['certificate, chain, key', [leaf, first, second, key]],
    ['key first', [key, leaf, first, second]],
    ['key between', [leaf, first, key, second]],
    ['chain before the certificate', [first, second, leaf, key]],
  ])('may be in the order %s', (_order, blocks) => {
    expect(read(blocks.join('\n'))).toEqual({ key, chain: [leaf, first, second].join('\n') });
  });

  it('may have blank lines and text in its chain, and the line ends of another system', () => {
    const pem = `\n\n${leaf}\n\n \nsubject=CN\n${first}\n\n\n\n${second}\n\n${key}\n\n`;
    expect(read(pem).chain).toBe([leaf, first, second].join('\n'));
    expect(read(pem.replaceAll('\n', '\r\n')).chain.split('BEGIN CERTIFICATE')).toHaveLength(4);
  });

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const stranger = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const locked = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();

  const lockedByOpenSsl = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();

  it.each([
    ['nothing', '', 'it contains no private key'],
    ['no key', leaf, 'it contains no private key'],
    ['no certificate', key, 'it contains no certificate'],
    ['the key of another', `${leaf}\n${stranger}`, 'none of its certificates belongs to its private key'],
    ['a key behind a passphrase', `${leaf}\n${locked}`, 'server.pem: its private key is encrypted'],
    [
      'a key that OpenSSL encrypted',
      `${leaf}\n${lockedByOpenSsl}`,
      'server.pem: its private key is encrypted',
    ],
    ['a key that is none', `${leaf}\n${key.replace(/\nMII./, '\n####')}`, /^server\.pem: /],
    ['a certificate that is none', `${leaf.replace(/MII./, '####')}\n${key}`, /^server\.pem: /],
    ['a key that is cut off', `${leaf}\n${key.slice(0, 200)}`, 'a PEM block has no END line'],
    ['a chain that is cut off', `${key}\n${leaf}\n${first.slice(0, 200)}`, 'a PEM block has no END line'],
  ])('is refused with %s, without showing any of it', (_what, pem, message) => {
    expect(() => read(pem)).toThrow(InvalidConfiguration);
    expect(() => read(pem)).toThrow(message);
    expect(() => read(pem)).not.toThrow(/[A-Za-z0-9+/]{40}/);
  });
});

describe("the dates of the agent's own certificate", () => {
  const { validFromDate, validToDate } = new X509Certificate(leaf);
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  const at = (milliseconds: number, chain = leaf) => validityWarning({ chain }, new Date(milliseconds));

  it('cause no warning from the first moment to the last', () => {
    expect([at(from), at(to)]).toEqual([undefined, undefined]);
  });

  it('cause a warning before the first and after the last moment', () => {
    expect(at(from - 1)).toBe(`the agent's certificate is not valid before ${validFromDate.toISOString()}`);
    expect(at(to + 1)).toBe(`the agent's certificate expired on ${validToDate.toISOString()}`);
  });

  it('are those of the whole chain', () => {
    const year2100 = Date.UTC(2100, 0);
    expect(at(to, `${leaf}\n${first}`)).toBeUndefined();
    expect(at(year2100, `${first}\n${leaf}`)).toMatch(/^the agent's certificate expired on /);
    const outlived = new X509Certificate(first).validToDate.getTime() < to;
    expect(at(outlived ? to : year2100, `${leaf}\n${first}`)).toMatch(/ expired on /);
  });
});
