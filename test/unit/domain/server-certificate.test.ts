import { generateKeyPairSync } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import own from 'https-pem';
import { describe, expect, it } from 'vitest';
import { readServerCertificate } from '../../../src/domain/server-certificate.ts';
import { InvalidConfiguration } from '../../../src/errors.ts';

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

  it('may have blank lines and words in its chain, and the line ends of another system', () => {
    const pem = `\n\n${leaf}\n\n \nsubject=CN\n${first}\n\n\n\n${second}\n\n${key}\n\n`;
    expect(read(pem).chain).toBe([leaf, first, second].join('\n'));
    expect(read(pem.replaceAll('\n', '\r\n')).chain.split('BEGIN CERTIFICATE')).toHaveLength(4);
  });

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const stranger = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const locked = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();

  it.each([
    ['nothing', '', 'no private key in it'],
    ['no key', leaf, 'no private key in it'],
    ['no certificate', key, 'no certificate in it'],
    ['the key of another', `${leaf}\n${stranger}`, 'no certificate in it belongs to its private key'],
    ['a key behind a passphrase', `${leaf}\n${locked}`, /passphrase|password|interrupted/i],
    ['a key that is none', `${leaf}\n${key.replace(/\nMII./, '\n####')}`, /^server\.pem: /],
    ['a certificate that is none', `${leaf.replace(/MII./, '####')}\n${key}`, /^server\.pem: /],
    ['a key that is cut off', `${leaf}\n${key.slice(0, 200)}`, 'a PEM block in it has no end'],
    ['a chain that is cut off', `${key}\n${leaf}\n${first.slice(0, 200)}`, 'a PEM block in it has no end'],
  ])('is refused with %s, without showing any of it', (_what, pem, message) => {
    expect(() => read(pem)).toThrow(InvalidConfiguration);
    expect(() => read(pem)).toThrow(message);
    expect(() => read(pem)).not.toThrow(/[A-Za-z0-9+/]{40}/);
  });
});
