import { bundleBytes, MOST_FILE_NAME, packageFile } from './bundle-form.ts';
import {
  type BundleManifest,
  type BundlePackage,
  MOST_BUNDLE_BYTES,
  MOST_MANIFEST_BYTES,
  MOST_PACKAGES,
} from './bundle-manifest.ts';
import { BundleNotMade } from './bundle-refused.ts';

/** A Debian package: its control fields, its size in bytes, and its sha256 in hexadecimal digits. */
export type PackageFacts = Pick<BundlePackage, 'name' | 'version' | 'architecture' | 'bytes' | 'sha256'>;

export interface BundleSettings {
  readonly distribution: string;
  readonly suite: string;
  readonly expiresDays: number;
  /** the lowest version that a package may replace, by the name of the package */
  readonly from: ReadonlyMap<string, string>;
  readonly allowsDowngrade: boolean;
}

const DAY_MS = 86_400_000;

/** Returns the manifest of a bundle that is made now. @throws BundleNotMade if the packages do not fit together */
export function makeManifest(
  packages: readonly PackageFacts[],
  { distribution, suite, expiresDays, from, allowsDowngrade }: BundleSettings,
  now: Date,
): BundleManifest {
  checkNames(packages, from);
  checkSizes(packages);
  return {
    format: 1,
    distribution,
    suite,
    architecture: architectureOf(packages),
    created: now.toISOString(),
    expires: new Date(now.getTime() + expiresDays * DAY_MS).toISOString(),
    allowsDowngrade,
    packages: packages.map((one) => ({ ...one, file: packageFile(one), from: from.get(one.name) })),
  };
}

function checkNames(packages: readonly PackageFacts[], from: ReadonlyMap<string, string>): void {
  const names = packages.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new BundleNotMade(`the package ${repeated} is given twice: give one version of it`);
  }
  const unknown = [...from.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BundleNotMade(
      `--from names ${unknown}, which is not in the bundle: it has ${names.join(', ')}`,
    );
  }
  for (const file of packages.map(packageFile)) {
    const { length } = file.slice(file.indexOf('/') + 1);
    if (length > MOST_FILE_NAME) {
      throw new BundleNotMade(
        `${file} has a name of ${length} characters, and at most ${MOST_FILE_NAME} fit into a bundle: give the package a shorter version`,
      );
    }
  }
}

function checkSizes(packages: readonly PackageFacts[]): void {
  if (packages.length > MOST_PACKAGES) {
    throw new BundleNotMade(
      `${packages.length} packages were given, and a bundle has at most ${MOST_PACKAGES}`,
    );
  }
  const bytes = bundleBytes(MOST_MANIFEST_BYTES, packages);
  if (bytes > MOST_BUNDLE_BYTES) {
    throw new BundleNotMade(
      `the packages have ${bytes} bytes, and a bundle has at most ${MOST_BUNDLE_BYTES}`,
    );
  }
}

/** Returns the architecture of the packages; `all` if each of them fits any machine. */
function architectureOf(packages: readonly PackageFacts[]): string {
  const [first, ...others] = packages.filter(({ architecture }) => architecture !== 'all');
  const foreign = others.find(({ architecture }) => architecture !== first?.architecture);
  if (first !== undefined && foreign !== undefined) {
    throw new BundleNotMade(
      `${first.name} is for ${first.architecture} and ${foreign.name} for ${foreign.architecture}: make a bundle for each architecture`,
    );
  }
  return first?.architecture ?? 'all';
}
