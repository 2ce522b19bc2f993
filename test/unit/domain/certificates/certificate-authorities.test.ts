import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import {
  readAuthorities,
  readRevocations,
} from '../../../../src/domain/certificates/certificate-authorities.ts';
import { InvalidConfiguration } from '../../../../src/errors.ts';

const [one = '', two = '', three = ''] = rootCertificates;
const read = (pem: string): string => readAuthorities(pem, 'ca.pem');

describe('a file of authorities', () => {
  it('may hold several, with anything between them', () => {
    expect(read(one)).toBe(`${one}\n`);
    expect(read(`# old\n${one}\n\n\nsubject=new\n${two}\r\n\n${three}`)).toBe(`${one}\n${two}\n${three}\n`);
  });

  it('may have the line ends of another system', () => {
    expect(read(one.replaceAll('\n', '\r\n'))).toContain('BEGIN CERTIFICATE');
  });

  it('never exposes a key that it contains', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----';
    expect(read(`${key}\n${one}`)).toBe(`${one}\n`);
  });

  it.each([
    ['nothing', '', 'ca.pem: it contains no certificate'],
    ['garbage', 'garbage', 'ca.pem: it contains no certificate'],
    ['one that is cut off', one.slice(0, 300), 'ca.pem: a PEM block has no END line'],
    ['a second that is cut off', `${one}\n${two.slice(0, 300)}`, 'ca.pem: a PEM block has no END line'],
    ['one that is cut off before another', `${one.slice(0, 300)}\n${two}`, /^ca\.pem: certificate 1: /],
    ['a broken one among good ones', `${one}\n${two.replace(/MII./, '####')}\n${three}`, /certificate 2: /],
  ])('with %s is refused as a whole', (_what, pem, message) => {
    expect(() => read(pem)).toThrow(InvalidConfiguration);
    expect(() => read(pem)).toThrow(message);
  });
});

describe('a file of revocation lists', () => {
  const list = (text: string): string => `-----BEGIN X509 CRL-----\n${text}\n-----END X509 CRL-----`;

  it('may hold one for each authority, with anything between them', () => {
    expect(readRevocations(`# of one\n${list('QQ==')}\n\n${one}\n${list('Qg==')}`, 'crl.pem')).toEqual([
      list('QQ=='),
      list('Qg=='),
    ]);
  });

  it.each([
    ['nothing', '', 'crl.pem: it contains no revocation list'],
    ['only a certificate', one, 'crl.pem: it contains no revocation list'],
    ['one that is cut off', list('QQ==').slice(0, 28), 'crl.pem: a PEM block has no END line'],
  ])('with %s is refused', (_what, pem, message) => {
    expect(() => readRevocations(pem, 'crl.pem')).toThrow(new InvalidConfiguration(message));
  });
});
