import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import type { TarHeader } from 'modern-tar';
import { createTarPacker } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { manifestText, signManifest } from '../../../../src/domain/upgrade/manifest-text.ts';
import { refusalOf } from '../../../support/upgrade/bundle-refusal.ts';
import {
  BUNDLE_KEYS,
  bundleManifest,
  bundleOf,
  PACKAGE_SAMPLES,
  type PackageSample,
} from '../../../support/upgrade/bundles.ts';

/** An entry as anybody may write it. */
type Entry = Partial<TarHeader> & { readonly name: string; readonly content: Buffer };

const text = (others: Partial<PackageSample> = {}): Buffer =>
  Buffer.from(
    manifestText(
      bundleManifest(PACKAGE_SAMPLES.map((one, index) => (index === 0 ? { ...one, ...others } : one))),
    ),
  );

/** Returns the entries of the bundle of PACKAGE_SAMPLES. @param others changed values of its first package, which are signed */
const entriesOf = (others: Partial<PackageSample> = {}): Entry[] => [
  { name: 'manifest.json', content: text(others) },
  { name: 'manifest.sig', content: signManifest(text(others), BUNDLE_KEYS.privateKey) },
  ...bundleManifest(PACKAGE_SAMPLES).packages.map(({ file }, index) => ({
    name: file,
    content: PACKAGE_SAMPLES[index]?.content ?? Buffer.alloc(0),
  })),
];

/** Packs entries with the attributes of a bundle's entries, where they have no others. */
async function packed(entries: readonly Entry[]): Promise<Buffer> {
  const { readable, controller } = createTarPacker();
  const made = buffer(Readable.fromWeb(readable));
  for (const { content, ...header } of entries) {
    const writer = controller
      .add({ type: 'file', mode: 0o644, mtime: new Date(0), size: content.length, ...header })
      .getWriter();
    if (content.length > 0) await writer.write(content);
    await writer.close();
  }
  controller.finalize();
  return made;
}

describe('an archive with other entries', () => {
  it('is that of the writer when nothing is changed', async () => {
    expect((await packed(entriesOf())).equals(await bundleOf(PACKAGE_SAMPLES))).toBe(true);
  });

  it('is refused in any other order, with any entry left out or repeated', async () => {
    const entries = entriesOf();
    const some = fc.array(fc.nat({ max: entries.length - 1 }), { maxLength: 7 });
    const ordered = entries.map((_, index) => index).join();
    await fc.assert(
      fc.asyncProperty(
        some.filter((order) => order.join() !== ordered),
        async (order) => {
          const chosen = order.flatMap((index) => entries[index] ?? []);
          expect(await refusalOf(await packed(chosen))).toMatch(/^(malformed|unsigned|cut): /);
        },
      ),
      { numRuns: 60, examples: [[[0, 2, 1, 3, 4]], [[0, 1, 3, 2, 4]], [[0, 1, 2, 3]], [[0, 1, 2, 3, 4, 4]]] },
    );
  });

  it('is unsigned without a signature, or with one of another size', async () => {
    const [manifest, signature, ...packages] = entriesOf();
    if (manifest === undefined || signature === undefined) throw new Error('no entries');
    expect(await refusalOf(await packed([manifest, ...packages]))).toMatch(/^unsigned: /);
    const short = { ...signature, content: signature.content.subarray(1) };
    expect(await refusalOf(await packed([manifest, short, ...packages]))).toMatch(/^unsigned: /);
  });

  it.each<[string, Partial<TarHeader>]>([
    ['a symbolic link', { type: 'symlink', linkname: '/etc/passwd', size: 0 }],
    ['a link', { type: 'link', linkname: 'manifest.json', size: 0 }],
    ['a directory', { type: 'directory', size: 0 }],
    ['a device', { type: 'character-device', size: 0 }],
    ['an extended header', { pax: { comment: 'x' } }],
    ['an extended header with another path', { pax: { path: '../../etc/x' } }],
    ['an owner', { uid: 1, uname: 'x' }],
    ['another path', { name: '../x.deb' }],
  ])('is refused with %s in the place of a package', async (_, header) => {
    const entries = entriesOf().map((entry, index) =>
      index === 2
        ? { ...entry, ...header, content: header.size === 0 ? Buffer.alloc(0) : entry.content }
        : entry,
    );
    expect(await refusalOf(await packed(entries))).toMatch(
      /^malformed: .* next entry is not packages\/haproxy/,
    );
  });

  it('is refused with a manifest that is too large, before the manifest is read', async () => {
    const large = await packed([{ name: 'manifest.json', content: Buffer.alloc(256 * 1024 + 1, ' ') }]);
    expect(await refusalOf(large.subarray(0, 512))).toMatch(/^too large: the manifest/);
  });

  it('is refused with a signed manifest that is no JSON', async () => {
    const content = Buffer.from('{');
    const signature = signManifest(content, BUNDLE_KEYS.privateKey);
    const bundle = await packed([
      { name: 'manifest.json', content },
      { name: 'manifest.sig', content: signature },
    ]);
    expect(await refusalOf(bundle)).toMatch(/^malformed: .* manifest is wrong: /);
  });

  it('is refused with a size that is not that in the manifest', async () => {
    expect(await refusalOf(await packed(entriesOf({ bytes: 701 })))).toMatch(
      /next entry is not .* of 701 bytes/,
    );
  });
});
