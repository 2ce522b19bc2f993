import { type BundleManifest, type BundlePackage, SIGNATURE_BYTES } from './bundle-manifest.ts';

/** The longest name of a file in a tar archive without extended headers (ustar). The folder `packages` has its own field. */
export const MOST_FILE_NAME = 100;

/** Returns the name of a package's entry in a bundle. As in a Debian archive, it leaves the epoch of the version out. */
export const packageFile = ({
  name,
  version,
  architecture,
}: Pick<BundlePackage, 'name' | 'version' | 'architecture'>): string =>
  `packages/${name}_${version.replace(/^[0-9]+:/, '')}_${architecture}.deb`;

/** The size of a block of a tar archive, in bytes. Each entry is a block of header and whole blocks of content. */
export const TAR_BLOCK = 512;
/** The end of an archive: two blocks of zeros. */
export const TAR_END = 2 * TAR_BLOCK;

/** Returns the bytes that follow a content of a size, so that it fills whole blocks. */
export const paddingOf = (bytes: number): number => -bytes & (TAR_BLOCK - 1);

/** Returns the size of a whole bundle in bytes. @param manifestBytes size of the manifest's text */
export function bundleBytes(
  manifestBytes: number,
  packages: readonly Pick<BundlePackage, 'bytes'>[],
): number {
  const contents = [manifestBytes, SIGNATURE_BYTES, ...packages.map(({ bytes }) => bytes)];
  return contents.reduce((sum, bytes) => sum + TAR_BLOCK + bytes + paddingOf(bytes), TAR_END);
}

/**
 * Returns what is wrong with a manifest whose values are all of the right form; undefined if nothing is. A manifest of
 * `amphora-agent bundle` has no such fault.
 */
export function manifestFault({
  packages,
  architecture,
  created,
  expires,
}: BundleManifest): string | undefined {
  const names = packages.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return `it has the package ${repeated} twice`;
  const misnamed = packages.find((one) => one.file !== packageFile(one));
  if (misnamed !== undefined) return `the file of ${misnamed.name} is not ${packageFile(misnamed)}`;
  const foreign = packages.find((one) => ![architecture, 'all'].includes(one.architecture));
  if (foreign !== undefined)
    return `${foreign.name} is for ${foreign.architecture} and not for ${architecture}`;
  return Date.parse(expires) <= Date.parse(created) ? 'it expires before it was made' : undefined;
}

/** Returns whether a bundle may no longer be installed. */
export const isExpired = ({ expires }: Pick<BundleManifest, 'expires'>, now: Date): boolean =>
  Date.parse(expires) <= now.getTime();

/** What a bundle is made for: `ID` and `VERSION_CODENAME` of os-release(5), and the architecture as dpkg names it. */
export type BundleTarget = Pick<BundleManifest, 'distribution' | 'suite' | 'architecture'>;

/** Returns why a bundle is not for a machine, as a sentence that says what to do; undefined if it is for this machine. */
export function machineMismatch(manifest: BundleTarget, machine: BundleTarget): string | undefined {
  const isForAll = manifest.architecture === 'all';
  const wanted = targetText(isForAll ? { ...manifest, architecture: machine.architecture } : manifest);
  const present = targetText(machine);
  return wanted === present
    ? undefined
    : `the bundle is for ${targetText(manifest)}, and this amphora is ${present}: make a bundle of packages for ${present}`;
}

/** Returns a target as in `debian bookworm amd64`. */
export const targetText = ({ distribution, suite, architecture }: BundleTarget): string =>
  `${distribution} ${suite} ${architecture}`;
