import { describe, expect, it } from 'vitest';
import { manifestFault } from '../../../../src/domain/upgrade/bundle-form.ts';
import { BundleNotMade } from '../../../../src/domain/upgrade/bundle-refused.ts';
import {
  type BundleSettings,
  makeManifest,
  type PackageFacts,
} from '../../../../src/domain/upgrade/make-manifest.ts';
import { readOsRelease } from '../../../../src/domain/upgrade/os-release.ts';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const SETTINGS: BundleSettings = {
  distribution: 'debian',
  suite: 'bookworm',
  expiresDays: 30,
  from: new Map(),
  allowsDowngrade: false,
};
const facts = (name: string, others: Partial<PackageFacts> = {}): PackageFacts => ({
  ...{ name, version: '1:2.0-1', architecture: 'amd64', bytes: 1000, sha256: 'a'.repeat(64) },
  ...others,
});

const make = (packages: readonly PackageFacts[], settings: Partial<BundleSettings> = {}) =>
  makeManifest(packages, { ...SETTINGS, ...settings }, NOW);

describe('the manifest of a new bundle', () => {
  it('has the packages in the order of the command line, the lowest versions and the expiry', () => {
    const from = new Map([['haproxy', '2.6.1-1']]);
    const manifest = make([facts('keepalived'), facts('haproxy')], { from });
    expect(manifest).toMatchObject({
      architecture: 'amd64',
      created: '2026-11-20T12:00:00.000Z',
      expires: '2026-12-20T12:00:00.000Z',
      packages: [
        { name: 'keepalived', file: 'packages/keepalived_2.0-1_amd64.deb', from: undefined },
        { name: 'haproxy', from: '2.6.1-1' },
      ],
    });
    expect(manifestFault(manifest)).toBeUndefined();
  });

  it.each([
    ['amd64', ['all', 'amd64', 'all']],
    ['all', ['all', 'all']],
  ])('is for %s with packages for %j', (expected, architectures) => {
    const packages = architectures.map((architecture, index) => facts(`p${index}`, { architecture }));
    const manifest = make(packages);
    expect(manifest.architecture).toBe(expected);
    expect(manifestFault(manifest)).toBeUndefined();
  });

  it.each<[string, readonly PackageFacts[], Partial<BundleSettings>]>([
    ['the package haproxy is given twice', [facts('haproxy'), facts('haproxy', { version: '2' })], {}],
    ['make a bundle for each architecture', [facts('a1'), facts('a2', { architecture: 'arm64' })], {}],
    ['--from names nginx', [facts('haproxy')], { from: new Map([['nginx', '1']]) }],
    ['a name of 116 characters', [facts('a'.repeat(100))], {}],
    ['65 packages', Array.from({ length: 65 }, (_, index) => facts(`p${index}`)), {}],
    ['at most 536870912', [facts('big', { bytes: 512 * 1024 * 1024 })], {}],
  ])('is refused: %s', (reason, packages, settings) => {
    expect(() => make(packages, settings)).toThrow(BundleNotMade);
    expect(() => make(packages, settings)).toThrow(reason);
  });
});

it('os-release has the distribution and the suite, with or without quotes', () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_CODENAME=bookworm\nID=debian\nID_LIKE=x\n';
  expect(readOsRelease(debian)).toEqual({ distribution: 'debian', suite: 'bookworm' });
  expect(readOsRelease('ID="rocky"\n')).toEqual({ distribution: 'rocky', suite: '' });
});
