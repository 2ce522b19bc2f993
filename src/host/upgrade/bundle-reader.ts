import { createHash, type KeyObject } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  bundleBytes,
  isExpired,
  manifestFault,
  paddingOf,
  TAR_BLOCK,
  TAR_END,
} from '../../domain/upgrade/bundle-form.ts';
import {
  type BundleManifest,
  type BundlePackage,
  MANIFEST_ENTRY,
  MOST_BUNDLE_BYTES,
  MOST_MANIFEST_BYTES,
  SIGNATURE_BYTES,
  SIGNATURE_ENTRY,
} from '../../domain/upgrade/bundle-manifest.ts';
import { BundleRefused } from '../../domain/upgrade/bundle-refused.ts';
import { bundleId, isSignedBy } from '../../domain/upgrade/manifest-text.ts';
import { reasonOf } from '../../errors.ts';
import { tarHeader } from './bundle-tar.ts';
import { type ByteSource, createByteSource, EndOfBytes } from './byte-source.ts';
import { manifestSizeIn } from './manifest-header.ts';
import { createPackageStore, type PackageStore } from './package-store.ts';

/** The conditions under which a bundle is accepted. */
export interface BundleTerms {
  /** an ed25519 key */
  readonly publicKey: KeyObject;
  readonly now: Date;
  /** the largest bundle that is accepted, in bytes; default MOST_BUNDLE_BYTES */
  readonly mostBytes?: number;
  /** parseBundleManifest() of schemas/, which host/ may not import */
  readonly parseManifest: (value: unknown) => BundleManifest;
  /** called with the bytes of the packages, once they are known and before the first package is read; a rejection ends it all */
  readonly beforePackages?: (bytes: number) => Promise<void>;
}

/** A bundle that was read to its end and is in order. */
export type ReadBundle = BundleManifest & { readonly id: string };

/**
 * Reads a bundle and stores its packages. It verifies the signature before it writes, and each byte of the bundle: the headers
 * are those that bundle-writer.ts makes, so nothing can hide in them. Its memory does not grow with the bundle.
 * After an error it removes the files that it wrote, and leaves the source open and not read to its end.
 * @param directory an empty directory. It gets the packages with the file names of the manifest, without `packages/`, of mode
 * 0600 and synced
 * @throws BundleRefused, WriteFailed, and the error of the source
 */
export const readBundle = (
  source: Readable,
  { directory, ...terms }: BundleTerms & { readonly directory: string },
): Promise<ReadBundle> => read(source, terms, createPackageStore(directory));

/**
 * Examines a bundle as readBundle() does, and writes nothing. The content of a bundle is not used then, so it may go without a key:
 * its signature is not checked.
 * @throws BundleRefused, and the error of the source
 */
export const examineBundle = (source: Readable, terms: ExaminationTerms): Promise<ReadBundle> =>
  read(source, terms, NO_STORE);

type ExaminationTerms = Omit<BundleTerms, 'publicKey'> & { readonly publicKey: KeyObject | undefined };

const NO_STORE: PackageStore = {
  async add(_file, content) {
    for await (const part of content) void part;
  },
  sync: () => Promise.resolve(),
  empty: () => Promise.resolve(),
};

async function read(stream: Readable, terms: ExaminationTerms, store: PackageStore): Promise<ReadBundle> {
  const source = createByteSource(stream);
  try {
    const manifest = await readManifest(source, terms);
    await terms.beforePackages?.(manifest.packages.reduce((sum, { bytes }) => sum + bytes, 0));
    for (const one of manifest.packages) await readPackage(source, one, store);
    await readEnd(source);
    await store.sync();
    return manifest;
  } catch (error) {
    await store.empty();
    await source.leave();
    if (!(error instanceof EndOfBytes)) throw error;
    throw new BundleRefused('cut', 'the bundle ends before its last package does: send the whole file');
  }
}

/** Reads the first two entries. */
async function readManifest(source: ByteSource, terms: ExaminationTerms): Promise<ReadBundle> {
  const text = await readContent(source, await readManifestSize(source));
  await readHeader(source, SIGNATURE_ENTRY, SIGNATURE_BYTES, NOT_SIGNED);
  const signature = await readContent(source, SIGNATURE_BYTES);
  const { publicKey } = terms;
  if (publicKey !== undefined && !isSignedBy(text, signature, publicKey)) throw WRONG_SIGNATURE();
  const manifest = parsed(text, terms.parseManifest);
  if (isExpired(manifest, terms.now)) {
    throw new BundleRefused(
      'expired',
      `the bundle expired at ${manifest.expires}, and the clock of this machine shows ${terms.now.toISOString()}: make a new bundle`,
    );
  }
  const [bytes, most] = [bundleBytes(text.length, manifest.packages), terms.mostBytes ?? MOST_BUNDLE_BYTES];
  if (bytes > most) {
    throw new BundleRefused('too large', `the bundle has ${bytes} bytes, and at most ${most} are accepted`);
  }
  return { ...manifest, id: bundleId(text) };
}

const malformed = (reason: string): BundleRefused =>
  new BundleRefused('malformed', `not a bundle of amphora-agent: ${reason}; make it by amphora-agent bundle`);

const NOT_SIGNED = (): BundleRefused =>
  new BundleRefused(
    'unsigned',
    `the bundle has no signature: its second entry is not ${SIGNATURE_ENTRY} of ${SIGNATURE_BYTES} bytes; make it by amphora-agent bundle --key`,
  );

const WRONG_SIGNATURE = (): BundleRefused =>
  new BundleRefused(
    'wrong signature',
    'the signature is not of the expected key, or the manifest was changed: sign the bundle with the private key of the public key that is configured',
  );

/** Reads the first header. @returns the size that it names */
async function readManifestSize(source: ByteSource): Promise<number> {
  if (await source.isAtEnd()) throw new BundleRefused('cut', 'the bundle is empty: send the whole file');
  const header = await source.take(TAR_BLOCK);
  if (header[0] === 0x1f && header[1] === 0x8b) throw malformed('it is compressed by gzip');
  const size = await manifestSizeIn(header);
  if (size === undefined) throw malformed(`its first entry is not ${MANIFEST_ENTRY}`);
  if (size > MOST_MANIFEST_BYTES) {
    throw new BundleRefused(
      'too large',
      `the manifest of the bundle has ${size} bytes, and at most ${MOST_MANIFEST_BYTES} are accepted`,
    );
  }
  return size;
}

async function readHeader(
  source: ByteSource,
  name: string,
  size: number,
  refusal: () => BundleRefused,
): Promise<void> {
  const header = await source.take(TAR_BLOCK);
  if (!header.equals(await tarHeader(name, size))) throw refusal();
}

/** Reads a short content and the zeros behind it. */
async function readContent(source: ByteSource, size: number): Promise<Buffer> {
  const content = await source.take(size);
  await readZeros(source, paddingOf(size));
  return content;
}

async function readZeros(source: ByteSource, bytes: number): Promise<void> {
  const zeros = await source.take(bytes);
  if (zeros.some((byte) => byte !== 0)) throw malformed('it has bytes that belong to no entry');
}

/** Parses a manifest whose signature was verified. */
function parsed(text: Buffer, parseManifest: BundleTerms['parseManifest']): BundleManifest {
  const manifest = attempt(() => parseManifest(JSON.parse(text.toString('utf8'))));
  const fault = manifestFault(manifest);
  if (fault !== undefined) throw malformed(`its manifest is wrong: ${fault}`);
  return manifest;
}

function attempt(parse: () => BundleManifest): BundleManifest {
  try {
    return parse();
  } catch (error) {
    throw malformed(`its manifest is wrong: ${reasonOf(error)}`);
  }
}

async function readPackage(source: ByteSource, one: BundlePackage, store: PackageStore): Promise<void> {
  const { file, bytes, sha256 } = one;
  await readHeader(source, file, bytes, () => malformed(`its next entry is not ${file} of ${bytes} bytes`));
  const hash = createHash('sha256');
  await store.add(
    file,
    hashed(source.parts(bytes), (part) => hash.update(part)),
  );
  if (hash.digest('hex') !== sha256) {
    throw new BundleRefused(
      'wrong digest',
      `${file} in the bundle is not the package that was signed: its sha256 is not ${sha256}; send the file again`,
    );
  }
  await readZeros(source, paddingOf(bytes));
}

async function* hashed(
  parts: AsyncIterable<Buffer>,
  see: (part: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  for await (const part of parts) {
    see(part);
    yield part;
  }
}

async function readEnd(source: ByteSource): Promise<void> {
  const end = await source.take(TAR_END);
  if (end.some((byte) => byte !== 0) || !(await source.isAtEnd())) {
    throw malformed('something follows its last package');
  }
}
