/** One Debian package of a bundle. */
export interface BundlePackage {
  readonly name: string;
  readonly version: string;
  /** `all`, or the architecture of the bundle */
  readonly architecture: string;
  /** name of its entry in the bundle: `packages/NAME_VERSION_ARCHITECTURE.deb`, without the epoch of the version */
  readonly file: string;
  readonly bytes: number;
  /** hexadecimal, lower case */
  readonly sha256: string;
  /** the lowest installed version that it may replace; undefined: any */
  readonly from: string | undefined;
}

/** What a bundle says of itself. Its signature covers the text of the manifest, and the manifest the packages. */
export interface BundleManifest {
  readonly format: 1;
  /** `ID` and `VERSION_CODENAME` of os-release(5): `debian`, `bookworm` */
  readonly distribution: string;
  readonly suite: string;
  /** as dpkg names it: `amd64`; `all` if each package is for `all` */
  readonly architecture: string;
  /** ISO 8601, UTC */
  readonly created: string;
  readonly expires: string;
  /** whether a package may replace a newer one */
  readonly allowsDowngrade: boolean;
  readonly packages: readonly BundlePackage[];
}

/** The entries of a bundle, a tar archive. These two come first and in this order; the packages follow as the manifest lists them. */
export const MANIFEST_ENTRY = 'manifest.json';
export const SIGNATURE_ENTRY = 'manifest.sig';

/** An ed25519 signature (RFC 8032) covers this text and then the bytes of the manifest, so that it is valid for nothing else. */
export const SIGNED_PREFIX = 'amphora-agent upgrade bundle 1\n';
export const SIGNATURE_BYTES = 64;

/** Bounds of a bundle, in bytes. */
export const MOST_MANIFEST_BYTES = 256 * 1024;
export const MOST_BUNDLE_BYTES = 512 * 1024 * 1024;
export const MOST_PACKAGES = 64;
