import path from 'node:path';
import type { BundleManifest } from '../../domain/upgrade/bundle-manifest.ts';
import { diskShortage } from '../../domain/upgrade/disk-need.ts';
import type { InstalledPackage } from '../../domain/upgrade/dpkg-output.ts';
import { type ComparedPackage, type PackageChange, packagePlan } from '../../domain/upgrade/package-plan.ts';
import { UpgradeRefused } from '../../errors.ts';
import type { InstalledAgent } from '../../host/upgrade/installed-agent.ts';
import type { PackageTools } from '../../host/upgrade/package-tools.ts';
import type { OperationContext } from '../context.ts';

type CheckContext = Pick<OperationContext, 'paths' | 'host'>;

/** The machine, as far as the checks need it. */
export interface CheckedMachine {
  readonly tools: PackageTools;
  /** undefined: the agent runs from its sources, of which no copy is made */
  readonly agent: InstalledAgent | undefined;
}

/**
 * Checks that this amphora can take a verified bundle now. Changes nothing.
 * @param staging the directory in which the packages of the bundle are, by the names of the manifest
 * @throws UpgradeRefused
 */
export async function checkUpgrade(
  context: CheckContext,
  { tools, agent }: CheckedMachine,
  manifest: BundleManifest,
  staging: string,
): Promise<readonly PackageChange[]> {
  const { packages, allowsDowngrade } = manifest;
  const installed = await tools.installed(packages.map(({ name }) => name));
  const compared = await comparedPackages(tools, manifest, installed);
  const plan = packagePlan(compared, allowsDowngrade);
  if ('refusal' in plan) throw new UpgradeRefused(plan.refusal);
  const changed = packages.filter((one) => plan.changes.some(({ name }) => name === one.name));
  const files = changed.map(({ file }) => path.join(staging, file));
  const unpacked = await Promise.all(
    changed.map(async ({ bytes }, index) => Math.max(bytes, await tools.unpackedBytes(files[index] ?? ''))),
  );
  const former = changed.map(({ name }) => installed.get(name)?.bytes ?? 0);
  await requireRoom(context, {
    ...{ bundle: 0, unpacked: sum(unpacked), former: sum(former), agent: agent?.bytes ?? 0 },
  });
  const fault = await tools.simulationFault(files, changed);
  if (fault !== undefined) throw new UpgradeRefused(`the packages can't be installed here: ${fault}`);
  return plan.changes;
}

/** Removes the packages of a bundle that an upgrade does not install, because their versions are installed already. */
export async function dropUnchanged(
  { host }: CheckContext,
  { packages }: BundleManifest,
  changes: readonly PackageChange[],
  staging: string,
): Promise<void> {
  for (const { name, file } of packages) {
    if (!changes.some((one) => one.name === name)) await host.files.remove(path.join(staging, file));
  }
}

/** Checks that the disks have room. @throws UpgradeRefused */
export async function requireRoom(
  { paths, host }: CheckContext,
  sizes: Parameters<typeof diskShortage>[0],
): Promise<void> {
  const disks = await Promise.all(
    [paths.base, '/'].map(async (disk) => ({ path: disk, ...(await host.files.diskRoom(disk)) })),
  );
  const shortage = diskShortage(sizes, disks);
  if (shortage !== undefined) throw new UpgradeRefused(shortage);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

async function comparedPackages(
  tools: PackageTools,
  { packages }: BundleManifest,
  found: ReadonlyMap<string, InstalledPackage>,
): Promise<ComparedPackage[]> {
  const compared: ComparedPackage[] = [];
  for (const { name, version, from } of packages) {
    const installed = found.get(name)?.version;
    const order = installed === undefined ? 'newer' : await tools.compare(version, installed);
    const isBelowFrom =
      installed !== undefined && from !== undefined && (await tools.compare(installed, from)) === 'older';
    compared.push({ name, version, from, installed, order, isBelowFrom });
  }
  return compared;
}
