import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../src/domain/secrets.ts';

const pkcs8 = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('a text without its secrets', () => {
  it('has its certificates, and no private key of any kind', () => {
    const key = pkcs8();
    for (const kind of ['', 'RSA ', 'EC ', 'ENCRYPTED ']) {
      const text = `${CERTIFICATE}${key.replaceAll('PRIVATE', `${kind}PRIVATE`)}${CERTIFICATE}`;
      expect(withoutSecrets(text)).toBe(`${CERTIFICATE}<hidden>\n${CERTIFICATE}`);
    }
  });

  it('ends at the beginning of a key without an end', () => {
    const key = pkcs8().replace(/-----END[\s\S]*/, '');
    expect(withoutSecrets(`${CERTIFICATE}${key}`)).toBe(`${CERTIFICATE}<hidden>`);
  });

  it("has keepalived's keyword without the password", () => {
    const text = 'authentication {\n\tauth_type PASS\n\tauth_pass  a b"c # d\n}\n';
    expect(withoutSecrets(text)).toBe('authentication {\n\tauth_type PASS\n\tauth_pass  <hidden>\n}\n');
  });

  it('distinguishes a new secret from the one in force', () => {
    expect(withoutSecrets('auth_pass new\n', 'auth_pass old\n')).toBe(
      'auth_pass <hidden, not the one in force>\n',
    );
    expect(withoutSecrets('auth_pass old\n', '  auth_pass old\n')).toBe('auth_pass <hidden>\n');
  });
});
