import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleBytes } from '../../../../src/domain/upgrade/bundle-form.ts';
import type { BundleManifest } from '../../../../src/domain/upgrade/bundle-manifest.ts';
import { BundleRefused } from '../../../../src/domain/upgrade/bundle-refused.ts';
import { bundleId, manifestText } from '../../../../src/domain/upgrade/manifest-text.ts';
import {
  type BundleTerms,
  examineBundle,
  type ReadBundle,
  readBundle,
} from '../../../../src/host/upgrade/bundle-reader.ts';
import { packTar } from '../../../../src/host/upgrade/bundle-tar.ts';
import { BUNDLE_TERMS, inParts, refusalOf } from '../../../support/upgrade/bundle-refusal.ts';
import {
  bundleManifest,
  bundleOf,
  FOREIGN_KEYS,
  PACKAGE_SAMPLES,
  type PackageSample,
} from '../../../support/upgrade/bundles.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'bundle-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (content: Buffer, terms: Partial<BundleTerms> = {}): Promise<ReadBundle> =>
  readBundle(inParts(content, 300), { ...BUNDLE_TERMS, ...terms, directory });

describe('a bundle', () => {
  it('is stored, each package in a file that only its owner can read', async () => {
    const manifest = await read(await bundleOf(PACKAGE_SAMPLES));
    const expected = bundleManifest(PACKAGE_SAMPLES);
    expect(manifest).toEqual({ ...expected, id: bundleId(manifestText(expected)) });
    expect(readdirSync(directory).sort()).toEqual([
      'amphora-agent_2.0-1_all.deb',
      'haproxy_2.0-1_amd64.deb',
      'keepalived_2.2.7-1+b2_amd64.deb',
    ]);
    for (const [index, { file }] of manifest.packages.entries()) {
      const stored = path.join(directory, path.basename(file));
      expect(readFileSync(stored).equals(PACKAGE_SAMPLES[index]?.content ?? Buffer.alloc(0))).toBe(true);
      expect(statSync(stored).mode & 0o777).toBe(0o600);
    }
  });

  it('is examined without a file', async () => {
    const { packages } = await examineBundle(inParts(await bundleOf(PACKAGE_SAMPLES), 300), BUNDLE_TERMS);
    expect(packages.map(({ name }) => name)).toEqual(['haproxy', 'keepalived', 'amphora-agent']);
  });

  it('is examined without a key, but for its signature', async () => {
    const terms = { ...BUNDLE_TERMS, publicKey: undefined };
    const foreign = await bundleOf(PACKAGE_SAMPLES, {}, FOREIGN_KEYS.privateKey);
    expect((await examineBundle(inParts(foreign, 300), terms)).packages).toHaveLength(3);
    foreign[foreign.length - 1100] = 1;
    await expect(examineBundle(inParts(foreign, 300), terms)).rejects.toThrow(BundleRefused);
  });

  it('is not stored when the reader has no room for its packages', async () => {
    const asked: number[] = [];
    const beforePackages = (bytes: number): Promise<void> => {
      asked.push(bytes);
      return Promise.reject(new Error('no room'));
    };
    await expect(read(await bundleOf(PACKAGE_SAMPLES), { beforePackages })).rejects.toThrow('no room');
    expect(asked).toEqual([700 + 1024 + 1]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is the same for the same packages, key and manifest, and has the size that was computed', async () => {
    const bundle = await bundleOf(PACKAGE_SAMPLES);
    expect(bundle.equals(await bundleOf(PACKAGE_SAMPLES))).toBe(true);
    const manifest = bundleManifest(PACKAGE_SAMPLES);
    expect(bundle.length).toBe(bundleBytes(manifestText(manifest).length, manifest.packages));
  });

  it('is read in whatever parts it arrives', async () => {
    const bundle = await bundleOf(PACKAGE_SAMPLES);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (size) => {
        await examineBundle(inParts(bundle, size), BUNDLE_TERMS);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a bundle that is refused', () => {
  it('may be cut at any byte', async () => {
    const bundle = await bundleOf(PACKAGE_SAMPLES);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bundle.length - 1 }), async (end) => {
        expect(await refusalOf(bundle.subarray(0, end))).toMatch(/^cut: .*send the whole file$/);
      }),
      { numRuns: 100, examples: [[0], [1], [511], [512], [bundle.length - 1], [bundle.length - 1024]] },
    );
  });

  it('may have any bit of any byte changed', async () => {
    const bundle = await bundleOf(PACKAGE_SAMPLES);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bundle.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        const changed = Buffer.from(bundle);
        changed.writeUInt8((changed[at] ?? 0) ^ (1 << bit), at);
        expect(await refusalOf(changed)).not.toBe('');
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['a byte', Buffer.alloc(1)],
    ['a block of zeros', Buffer.alloc(512)],
    ['another entry', PACKAGE_SAMPLES[0]?.content ?? Buffer.alloc(0)],
  ])('may have %s behind its end', async (_, more) => {
    const bundle = Buffer.concat([await bundleOf(PACKAGE_SAMPLES), more]);
    expect(await refusalOf(bundle)).toMatch(/^malformed: .* something follows its last package/);
  });

  it('may be compressed, or no archive', async () => {
    expect(await refusalOf(gzipSync(await bundleOf(PACKAGE_SAMPLES)))).toMatch(
      /^malformed: .* compressed by gzip/,
    );
    expect(await refusalOf(Buffer.alloc(4096))).toMatch(/^malformed: .* first entry is not manifest.json/);
    expect(await refusalOf(Buffer.alloc(4096, 'x'))).toMatch(/^malformed: /);
  });

  it('may be signed by a stranger, or for something else', async () => {
    const foreign = await bundleOf(PACKAGE_SAMPLES, {}, FOREIGN_KEYS.privateKey);
    expect(await refusalOf(foreign)).toMatch(/^wrong signature: .* sign the bundle with the private key/);
  });

  it('may be expired', async () => {
    const bundle = await bundleOf(PACKAGE_SAMPLES);
    expect(await refusalOf(bundle, { now: new Date('2026-12-01T00:00:00Z') })).toMatch(
      /^expired: .*: make a new bundle$/,
    );
  });

  it('may be larger than what is accepted, and is not read any further', async () => {
    const bundle = await bundleOf(PACKAGE_SAMPLES);
    const source = inParts(bundle, 512);
    const terms = { ...BUNDLE_TERMS, directory, mostBytes: bundle.length - 1 };
    await expect(readBundle(source, terms)).rejects.toMatchObject({ fault: 'too large' });
    expect(source.destroyed).toBe(false);
    expect((await buffer(source)).length).toBeGreaterThan(2000);
    await read(bundle, { mostBytes: bundle.length });
  });

  it('may have another content of the same size', async () => {
    const bundle = await bundleOf(PACKAGE_SAMPLES);
    bundle.write('x', bundle.indexOf('kkkk'));
    expect(await refusalOf(bundle)).toMatch(
      /^wrong digest: packages\/keepalived_2\.2\.7-1\+b2_amd64\.deb .*; send the file again$/,
    );
  });

  it.each<[string, Partial<BundleManifest>]>([
    ['no package', { packages: [] }],
    ['another format', { format: 2 as 1 }],
    ['an expiry that is no time', { expires: 'never' }],
    ['an expiry before it was made', { created: '2026-12-01T00:00:00.000Z' }],
    ['a suite with a slash', { suite: '../x' }],
    ['another architecture than its packages', { architecture: 'arm64' }],
  ])('may have a signed manifest with %s', async (_, others) => {
    expect(await refusalOf(await bundleOf(PACKAGE_SAMPLES, others))).toMatch(
      /^malformed: .* manifest is wrong: /,
    );
  });

  it.each<[string, Partial<PackageSample>]>([
    ['a parent directory', { file: 'packages/../../etc/x.deb' }],
    ['an absolute path', { file: '/etc/cron.d/x.deb' }],
    ['a folder below', { file: 'packages/a/b.deb' }],
    ['another ending', { file: 'packages/haproxy' }],
    ['another name than its package', { file: 'packages/other_2.0-1_amd64.deb' }],
    ['a name of more than 100 characters', { name: `a${'b'.repeat(90)}`, version: '1.0-1234567' }],
    ['a package name like an option', { name: '--force-all' }],
    ['a version with a space', { version: '1 2' }],
    ['no byte', { content: Buffer.alloc(0) }],
    ['a digest that is none', { sha256: 'x' }],
  ])('may have a signed manifest whose package has %s', async (_, others) => {
    const bundle = await bundleOf([{ name: 'haproxy', content: Buffer.alloc(9), ...others }]);
    expect(await refusalOf(bundle)).toMatch(/^malformed: .* manifest is wrong: (packages\.0\.|the file of )/);
  });

  it('may have a signed manifest with the same package twice', async () => {
    const twice = PACKAGE_SAMPLES.slice(0, 1).flatMap((one) => [one, one]);
    expect(await refusalOf(await bundleOf(twice))).toMatch(/has the package haproxy twice/);
  });
});

it('a source that fails passes its error on, and nothing is kept', async () => {
  const bundle = await bundleOf(PACKAGE_SAMPLES);
  const source = Readable.from(
    (async function* () {
      yield bundle.subarray(0, 4000);
      throw new Error('connection reset');
    })(),
  );
  await expect(readBundle(source, { ...BUNDLE_TERMS, directory })).rejects.toThrow('connection reset');
  expect(readdirSync(directory)).toEqual([]);
});

it('a package whose size is not that of its content fails the writer', async () => {
  await expect(buffer(packTar([{ name: 'x', size: 2, content: [Buffer.alloc(1)] }]))).rejects.toThrow(
    /size/i,
  );
});
