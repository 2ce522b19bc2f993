import type { BundlePackage } from './bundle-manifest.ts';

/** How the refusal of a bundle begins whose versions are all installed. `ctl upgrade` recognizes it. */
export const NOTHING_TO_DO = 'nothing to do';

/** How a package of a bundle compares with the one that is installed. */
export interface ComparedPackage extends Pick<BundlePackage, 'name' | 'version' | 'from'> {
  /** undefined: it isn't installed */
  readonly installed: string | undefined;
  /** the version of the bundle in comparison with the installed one */
  readonly order: 'newer' | 'same' | 'older';
  /** whether the installed version is lower than `from` */
  readonly isBelowFrom: boolean;
}

/** A package that an upgrade installs. `from`: the version that is installed before; null: none */
export interface PackageChange {
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
}

/** What an upgrade would install, or why it must not. */
export type PackagePlan = { readonly changes: readonly PackageChange[] } | { readonly refusal: string };

/**
 * Decides whether the packages of a bundle may replace the installed ones. A package whose version is installed is no change:
 * its service would be restarted for nothing.
 */
export function packagePlan(packages: readonly ComparedPackage[], allowsDowngrade: boolean): PackagePlan {
  const faults = packages.flatMap((one) => faultOf(one, allowsDowngrade));
  if (faults.length > 0) return { refusal: faults.join('; ') };
  const changed = packages.filter(({ order }) => order !== 'same');
  if (changed.length === 0)
    return { refusal: `${NOTHING_TO_DO}: this amphora has these versions of all packages of the bundle` };
  return {
    changes: changed.map(({ name, version, installed }) => ({
      name,
      from: installed ?? null,
      to: version,
    })),
  };
}

function faultOf(one: ComparedPackage, allowsDowngrade: boolean): string[] {
  const { name, version, installed, from, order, isBelowFrom } = one;
  if (from !== undefined && installed === undefined)
    return [`${name} is not installed, and the bundle only replaces version ${from} or a newer one`];
  if (isBelowFrom)
    return [`${name} ${installed} is installed, and the bundle only replaces version ${from} or a newer one`];
  return order === 'older' && !allowsDowngrade
    ? [
        `${name} ${installed} is installed, which is newer than ${version}, and the bundle allows no downgrade`,
      ]
    : [];
}
