import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isExpired, machineMismatch, packageFile } from '../../../../src/domain/upgrade/bundle-form.ts';
import { BundleKeyUnusable, signingKey, verifyingKey } from '../../../../src/domain/upgrade/bundle-key.ts';
import { manifestText } from '../../../../src/domain/upgrade/manifest-text.ts';
import { parseBundleManifest } from '../../../../src/schemas/bundle-manifest.ts';
import { BUNDLE_KEYS, bundleManifest, PACKAGE_SAMPLES } from '../../../support/upgrade/bundles.ts';

const MACHINE = { distribution: 'debian', suite: 'bookworm', architecture: 'amd64' };

describe('a manifest', () => {
  it('is the same after its text was parsed', () => {
    const manifest = bundleManifest(PACKAGE_SAMPLES, { allowsDowngrade: true });
    expect(parseBundleManifest(JSON.parse(manifestText(manifest)))).toEqual(manifest);
  });

  it('has a text that does not depend on the order of keys', () => {
    const manifest = bundleManifest(PACKAGE_SAMPLES);
    const reordered = Object.fromEntries(Object.entries(manifest).toReversed()) as typeof manifest;
    expect(manifestText(reordered)).toBe(manifestText(manifest));
  });

  it('is expired from its expiry on', () => {
    const expires = '2026-12-01T00:00:00.000Z';
    expect(isExpired({ expires }, new Date('2026-11-30T23:59:59.999Z'))).toBe(false);
    expect(isExpired({ expires }, new Date(expires))).toBe(true);
  });

  it('is for the machine with its distribution, suite and architecture', () => {
    expect(machineMismatch(MACHINE, { ...MACHINE })).toBeUndefined();
    expect(machineMismatch(MACHINE, { ...MACHINE, suite: 'trixie' })).toBe(
      'the bundle is for debian bookworm amd64, and this amphora is debian trixie amd64: make a bundle of packages for debian trixie amd64',
    );
    expect(machineMismatch(MACHINE, { ...MACHINE, architecture: 'arm64' })).toContain(
      'debian bookworm arm64',
    );
    expect(machineMismatch(MACHINE, { ...MACHINE, distribution: 'ubuntu' })).toContain('ubuntu bookworm');
  });
});

it('the file of a package has no epoch, as in the archive of Debian', () => {
  const named = { name: 'keepalived', architecture: 'amd64' };
  expect(packageFile({ ...named, version: '1:2.2.7-1+b2' })).toBe('packages/keepalived_2.2.7-1+b2_amd64.deb');
  expect(packageFile({ ...named, version: '2.2.7' })).toBe('packages/keepalived_2.2.7_amd64.deb');
});

describe('the key of a bundle', () => {
  const pem = BUNDLE_KEYS.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicPem = BUNDLE_KEYS.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const certificate = execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=a'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  ).toString();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

  it('is an ed25519 key', () => {
    expect(signingKey(pem, 'a.key').equals(BUNDLE_KEYS.privateKey)).toBe(true);
    expect(verifyingKey(publicPem, 'a.pem').equals(BUNDLE_KEYS.publicKey)).toBe(true);
  });

  it.each([
    ['an RSA key', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['the public key', publicPem],
    ['no key', 'x'],
    [
      'a key with a passphrase',
      BUNDLE_KEYS.privateKey
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
    ],
  ])('is refused for signing when it is %s, with the command that makes one', (_, text) => {
    expect(() => signingKey(text, 'a.key')).toThrow(BundleKeyUnusable);
    expect(() => signingKey(text, 'a.key')).toThrow(/^a\.key is not .*openssl genpkey -algorithm ed25519/);
  });

  it.each([
    ['an RSA key', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['no key', ''],
    ['the private key', pem],
    ['both keys in one file', `${publicPem}${pem}`],
    ['a certificate', certificate],
    ['a text with the key in it', `global_defs {\n}\n${publicPem}`],
  ])('is refused for verifying when it is %s, with the command that makes one', (_, text) => {
    expect(() => verifyingKey(text, 'a.pem')).toThrow(/^a\.pem is not .*openssl pkey .*-pubout/);
  });
});
