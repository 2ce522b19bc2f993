import path from 'node:path';
import { isUuid } from '../../domain/ids.ts';
import { machineMismatch } from '../../domain/upgrade/bundle-form.ts';
import { BundleKeyUnusable, verifyingKey } from '../../domain/upgrade/bundle-key.ts';
import { BundleRefused } from '../../domain/upgrade/bundle-refused.ts';
import { readOsRelease } from '../../domain/upgrade/os-release.ts';
import type { PackageChange } from '../../domain/upgrade/package-plan.ts';
import { RECEIVING, STILL_REMOVING, underWay } from '../../domain/upgrade/passing-refusals.ts';
import { UpgradeRefused, UpgradesUnavailable } from '../../errors.ts';
import { parseBundleManifest } from '../../schemas/bundle-manifest.ts';
import type { UpgradeRecord } from '../../schemas/upgrade-record.ts';
import type { OperationContext } from '../context.ts';
import { acceptUpgrade, type UpgradeClient } from './acceptance.ts';
import { type CheckedMachine, checkUpgrade, dropUnchanged, requireRoom } from './checks.ts';
import { lastUpgrade } from './records.ts';
import { runnerIsActive } from './runner.ts';

type ReceptionContext = Pick<
  OperationContext,
  'config' | 'configFile' | 'paths' | 'host' | 'logger' | 'upgrades'
>;

type VerifyingKey = ReturnType<typeof verifyingKey>;

/** A bundle that a client sends. */
export interface SentBundle {
  /** bytes that will arrive; undefined when the client did not say */
  readonly bytes: number | undefined;
  /** the bytes, in parts; fails when the connection ends before the body */
  readonly parts: AsyncIterable<Buffer>;
  /** the most bytes that may arrive */
  readonly mostBytes: number;
  readonly client: UpgradeClient;
}

/** A bundle that passed every check. */
export interface PassedBundle {
  readonly id: string;
  readonly expires: string;
  readonly changes: readonly PackageChange[];
}

const DIRECTORY_MODE = 0o700;

/**
 * Receives a bundle, checks it and starts its installation. Until all checks have passed, nothing outside of the directory for
 * arriving bundles is written. That directory is removed when the bundle is refused.
 * @throws UpgradesUnavailable, UpgradeRefused, BundleRefused
 */
export const receiveUpgrade = (context: ReceptionContext, sent: SentBundle): Promise<UpgradeRecord> =>
  withPlace(context, async (machine) => {
    const { id, changes } = await examine(context, machine, sent);
    return acceptUpgrade(context, machine.agent, { id, changes, client: sent.client });
  });

/** Receives and checks a bundle as receiveUpgrade() does, and then drops it. @throws as receiveUpgrade() */
export const tryUpgrade = (context: ReceptionContext, sent: SentBundle): Promise<PassedBundle> =>
  withPlace(context, (machine) => examine(context, machine, sent));

/**
 * Holds the only place for a bundle, and empties the directory for arriving bundles at the end.
 * @throws UpgradeRefused, UpgradesUnavailable when the machine takes no bundle now
 */
async function withPlace<Result>(
  context: ReceptionContext,
  work: (machine: UpgradableMachine) => Promise<Result>,
): Promise<Result> {
  const { host, paths, upgrades } = context;
  const giveBack = upgrades.begin();
  if (giveBack === undefined) throw new UpgradeRefused(`${RECEIVING}: wait for the answer to its request`);
  try {
    const last = await lastUpgrade(context);
    if (last !== undefined && last.result === null)
      throw new UpgradeRefused(`${underWay(last.id)} (${last.phase}): wait until it has ended`);
    const machine = await requireMachine(context);
    await requireIdleRunner(context);
    return await work(machine);
  } finally {
    await host.files.remove(paths.upgrade.staging).finally(giveBack);
  }
}

/**
 * The program of the last upgrade removes its files after the upgrade has its result. It would remove those of the next one, too.
 * @throws UpgradeRefused
 */
async function requireIdleRunner(context: ReceptionContext): Promise<void> {
  if (!(await runnerIsActive(context))) return;
  throw new UpgradeRefused(`${STILL_REMOVING}: wait until amphora-upgrade.service has ended, some seconds`);
}

/** A machine that can be upgraded. */
interface UpgradableMachine extends CheckedMachine {
  readonly publicKey: VerifyingKey;
  readonly architecture: string;
}

/** Returns whether a public key of bundles is there. It may still be unusable. */
export async function hasUpgradeKey({
  config,
  host,
}: Pick<ReceptionContext, 'config' | 'host'>): Promise<boolean> {
  const { upgradePublicKey: file } = config();
  return file !== undefined && !isOfController(file) && (await host.files.exists(file));
}

/** Files that controllers send lie in directories with the id of a load balancer or a listener. */
const isOfController = (file: string): boolean => file.split('/').some(isUuid);

/** @throws UpgradesUnavailable */
async function requireMachine(context: ReceptionContext): Promise<UpgradableMachine> {
  const { config, host } = context;
  const { upgradePublicKey } = config();
  if (upgradePublicKey === undefined)
    throw new UpgradesUnavailable(
      "upgrades are off: upgrade_public_key is empty in section [amphora_agent] of the agent's configuration file",
    );
  const publicKey = await readKey(context, upgradePublicKey);
  if (host.services.kind !== 'systemd')
    throw new UpgradesUnavailable(
      'an upgrade needs systemd, and the supervisor of the agent runs the services of this amphora',
    );
  const tools = await host.upgrades.packages();
  const architecture = await tools.architecture();
  if (architecture === undefined)
    throw new UpgradesUnavailable('an upgrade needs dpkg, which this amphora does not have');
  return { publicKey, architecture, tools, agent: await host.upgrades.installedAgent() };
}

async function readKey({ host }: ReceptionContext, file: string): Promise<VerifyingKey> {
  if (isOfController(file))
    throw new UpgradesUnavailable(
      `upgrade_public_key: ${file} is in a directory of files that controllers send: name a file that the image brought`,
    );
  const pem = await host.files.readText(file);
  if (pem === undefined)
    throw new UpgradesUnavailable(
      `upgrades are off: ${file} does not exist, and upgrade_public_key in section [amphora_agent] names no other file`,
    );
  try {
    return verifyingKey(pem, file);
  } catch (error) {
    if (error instanceof BundleKeyUnusable)
      throw new UpgradesUnavailable(`upgrade_public_key: ${error.message}`);
    throw error;
  }
}

/** @throws UpgradeRefused, BundleRefused */
async function examine(
  context: ReceptionContext,
  machine: UpgradableMachine,
  { bytes, parts, mostBytes }: SentBundle,
): Promise<PassedBundle> {
  const { host, paths } = context;
  const { directory, staging } = paths.upgrade;
  const agent = machine.agent?.bytes ?? 0;
  await host.files.makeDirectory(paths.base);
  const requireRoomFor = (bundle: number): Promise<void> =>
    requireRoom(context, { ...{ bundle, unpacked: 0, former: 0 }, agent });
  await requireRoomFor(bytes ?? 0);
  await host.files.makeDirectory(directory, DIRECTORY_MODE);
  await host.files.remove(staging);
  await host.files.makeDirectory(staging, DIRECTORY_MODE);
  const packages = path.join(staging, path.basename(paths.upgrade.packages));
  await host.files.makeDirectory(packages, DIRECTORY_MODE);
  const { publicKey, architecture } = machine;
  const terms = {
    ...{ publicKey, now: new Date(), mostBytes, parseManifest: parseBundleManifest },
    // a body in chunks does not say before how much will arrive
    beforePackages: requireRoomFor,
  };
  const { id, ...manifest } = await host.upgrades.readBundle(parts, { ...terms, directory: packages });
  const release = readOsRelease((await host.files.readText('/etc/os-release')) ?? '');
  const mismatch = machineMismatch(manifest, { ...release, architecture });
  if (mismatch !== undefined) throw new BundleRefused('other machine', mismatch);
  const changes = await checkUpgrade(context, machine, manifest, staging);
  await dropUnchanged(context, manifest, changes, staging);
  return { id, expires: manifest.expires, changes };
}
