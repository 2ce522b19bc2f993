import { describe, expect, it } from 'vitest';
import { workerPid } from '../../../../src/domain/haproxy/statistics.ts';
import {
  payloadOf,
  readAuthorities,
  readCertificate,
  readRevocations,
} from '../../../../src/domain/run-time/certificate-contents.ts';
import {
  readShownAuthorities,
  readShownCertificate,
  readShownRevocations,
} from '../../../../src/domain/run-time/shown-certificates.ts';
import {
  CA,
  LEAF,
  NO_REVOCATIONS,
  OTHER_CA,
  REVOCATIONS,
  SHOWN_AUTHORITIES,
  SHOWN_CERTIFICATE,
  SHOWN_NO_REVOCATIONS,
  SHOWN_REVOCATIONS,
} from '../../../support/certificates/shown-certificates.ts';

const NOT_FOUND = [
  "Can't display the certificate: Not found or the certificate is a bundle!",
  "Can't display the CA file : Not found!",
  "Can't display the CRL file : Not found!",
  '',
];

describe('the answers of haproxy about certificates', () => {
  it('equal the files that the worker has', () => {
    const { fingerprint, chain } = readCertificate(`${LEAF}${CA}`) ?? {};
    expect(readShownCertificate(SHOWN_CERTIFICATE)).toEqual({ fingerprint, chain });
    expect(readShownAuthorities(SHOWN_AUTHORITIES)).toEqual(readAuthorities(`${OTHER_CA}${CA}`));
    expect(readShownRevocations(SHOWN_REVOCATIONS)).toEqual(readRevocations(REVOCATIONS));
    expect(readShownRevocations(SHOWN_NO_REVOCATIONS)).toEqual(readRevocations(NO_REVOCATIONS));
  });

  it('differ from other files', () => {
    expect(readShownCertificate(SHOWN_CERTIFICATE)?.fingerprint).not.toBe(readCertificate(CA)?.fingerprint);
    expect(readShownCertificate(SHOWN_CERTIFICATE)?.chain).not.toEqual(
      readCertificate(`${LEAF}${OTHER_CA}`)?.chain,
    );
    expect(readShownAuthorities(SHOWN_AUTHORITIES)).not.toEqual(readAuthorities(CA));
    expect(readShownRevocations(SHOWN_REVOCATIONS)).not.toEqual(readRevocations(NO_REVOCATIONS));
  });

  it.each(NOT_FOUND)('name no file: %s', (answer) => {
    expect(readShownCertificate(answer)).toBeUndefined();
    expect(readShownAuthorities(answer)).toBeUndefined();
    expect(readShownRevocations(answer)).toBeUndefined();
  });

  it('may be about a store without a certificate', () => {
    expect(readShownCertificate('Filename: /x.pem\nStatus: Empty')).toEqual({
      fingerprint: undefined,
      chain: [],
    });
  });

  it('have the process id of the worker', () => {
    expect(workerPid('Name: HAProxy\nPid: 29404\nUptime_sec: 191')).toBe(29_404);
    expect(workerPid('Name: HAProxy')).toBeUndefined();
  });
});

describe('the contents of files', () => {
  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a block without an end', LEAF.slice(0, 200)],
    ['a broken certificate', LEAF.replace('MIIB', 'AAAA')],
  ])('are unreadable with %s', (_, text) => {
    expect(readCertificate(text)).toBeUndefined();
    expect(readAuthorities(text)).toBeUndefined();
    expect(readRevocations(text)).toBeUndefined();
  });

  it('are unreadable when haproxy shows only a part of them', () => {
    expect(readAuthorities(`${CA}${REVOCATIONS}`)).toBeUndefined();
    expect(readRevocations(`${CA}${REVOCATIONS}`)).toBeUndefined();
    expect(readRevocations(REVOCATIONS.replace('MIGn', 'AAAA'))).toBeUndefined();
  });

  it('have the names of a certificate and hidden parts', () => {
    expect(readCertificate(LEAF)).toMatchObject({ names: ['b.example.org'], hasHiddenParts: false });
    expect(readCertificate(`${LEAF}${CA}`)).toMatchObject({ hasHiddenParts: true });
    const parameters = '-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n';
    expect(readCertificate(`${LEAF}${parameters}`)).toMatchObject({ hasHiddenParts: true });
  });

  it('become a payload without blank lines, carriage returns and other text', () => {
    const text = `# comment\n\n${LEAF.replaceAll('\n', '\r\n')}\n \n\n${CA.replace('-\nMII', '-\n\n\nMII')}\n\n`;
    expect(payloadOf(text)).toBe(`${LEAF}${CA}`);
    expect(payloadOf(`${LEAF}${CA}`)).toBe(`${LEAF}${CA}`);
  });
});
