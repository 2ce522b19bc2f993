import { createReadStream } from 'node:fs';
import { targetText } from '../domain/upgrade/bundle-form.ts';
import { BundleKeyUnusable, signingKey, verifyingKey } from '../domain/upgrade/bundle-key.ts';
import type { BundleManifest, BundlePackage } from '../domain/upgrade/bundle-manifest.ts';
import { BundleNotMade, BundleRefused } from '../domain/upgrade/bundle-refused.ts';
import { type BundleSettings, makeManifest } from '../domain/upgrade/make-manifest.ts';
import { bundleId, manifestText } from '../domain/upgrade/manifest-text.ts';
import { readOsRelease } from '../domain/upgrade/os-release.ts';
import { reasonOf } from '../errors.ts';
import { type CommandRunner, createCommandRunner } from '../host/command.ts';
import { createFiles } from '../host/files.ts';
import { examineBundle, type ReadBundle } from '../host/upgrade/bundle-reader.ts';
import { bundleStream, digestOf, unchangedFile } from '../host/upgrade/bundle-writer.ts';
import { readControlFields } from '../host/upgrade/control-fields.ts';
import { parseBundleManifest } from '../schemas/bundle-manifest.ts';
import type { CommandOutcome } from './history.ts';
import { storeStream } from './stored-stream.ts';

/** The exit codes of `bundle verify`. `bundle` has the first two. */
const EXIT = { success: 0, refused: 1, unreadable: 2, unchecked: 3 } as const;

/** Everybody may read a bundle: it has no secret. */
const BUNDLE_MODE = 0o644;

export interface BundleOptions extends Omit<BundleSettings, 'suite'> {
  /** file of the private key */
  readonly key: string;
  readonly output: string;
  readonly packages: readonly string[];
  readonly suite?: string;
}

/** The outcome of a command, with a text for standard error beside it. */
export interface WarnedOutcome extends CommandOutcome {
  readonly warning: string;
}

/** Runs the command `bundle`: makes a signed bundle. Its file appears when it is complete. */
export async function runBundle(options: BundleOptions): Promise<WarnedOutcome> {
  try {
    const key = signingKey(await readKey(options.key), options.key);
    const warning = await keyWarning(options.key);
    const manifest = await manifestOf(options);
    const contents = manifest.packages.map((one, index) => unchangedFile(options.packages[index] ?? '', one));
    await storeStream(bundleStream(manifest, key, contents), options.output, { mode: BUNDLE_MODE });
    const made = { ...manifest, id: bundleId(manifestText(manifest)) };
    return { exitCode: EXIT.success, output: summaryOf(options.output, made), warning };
  } catch (error) {
    return { exitCode: EXIT.refused, output: `amphora-agent: ${explained(error, options)}\n`, warning: '' };
  }
}

function explained(error: unknown, { output }: BundleOptions): string {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
    return `${output}.partial exists: another command makes this bundle, or was ended before it was complete; remove the file`;
  }
  return reasonOf(error);
}

async function readKey(file: string): Promise<string> {
  const text = await createFiles().readText(file);
  if (text === undefined) throw new BundleKeyUnusable(`${file} does not exist`);
  return text;
}

const OTHERS = 0o077;

async function keyWarning(file: string): Promise<string> {
  const { mode = 0 } = (await createFiles().attributes(file)) ?? {};
  return (mode & OTHERS) === 0 ? '' : `warning: other users may read the private key: chmod 600 ${file}\n`;
}

/** @throws BundleNotMade */
async function manifestOf(options: BundleOptions): Promise<BundleManifest> {
  const suite = options.suite ?? (await ownSuite(options.distribution));
  const commands = createCommandRunner();
  const packages: Omit<BundlePackage, 'file' | 'from'>[] = [];
  for (const file of options.packages) packages.push(await packageFacts(commands, file));
  const manifest = makeManifest(packages, { ...options, suite }, new Date());
  try {
    return parseBundleManifest(JSON.parse(manifestText(manifest)));
  } catch (error) {
    throw new BundleNotMade(`a value is not of the right form: ${reasonOf(error)}`, { cause: error });
  }
}

async function packageFacts(
  commands: CommandRunner,
  file: string,
): Promise<Omit<BundlePackage, 'file' | 'from'>> {
  const digest = await digestOf(file);
  return { ...(await readControlFields(commands, file)), ...digest };
}

async function ownSuite(distribution: string): Promise<string> {
  const own = readOsRelease((await createFiles().readText('/etc/os-release')) ?? '');
  if (own.distribution === distribution && own.suite !== '') return own.suite;
  throw new BundleNotMade(
    `the suite is unknown, because this machine does not run ${distribution}: name it by --suite, such as --suite bookworm`,
  );
}

/** Runs the command `bundle verify`: examines a bundle and prints its manifest. @param key undefined: only what needs no key */
export async function runBundleVerify({
  file,
  key,
  json,
}: {
  readonly file: string;
  readonly key: string | undefined;
  readonly json: boolean;
}): Promise<WarnedOutcome> {
  try {
    const publicKey = key === undefined ? undefined : verifyingKey(await readKey(key), key);
    const terms = { publicKey, now: new Date(), parseManifest: parseBundleManifest };
    const bundle = await examineBundle(createReadStream(file), terms);
    const output = json ? jsonOf(bundle) : summaryOf(file, bundle);
    if (key === undefined) return { exitCode: EXIT.unchecked, output, warning: UNCHECKED };
    return {
      ...{ exitCode: EXIT.success, warning: '' },
      output: json ? output : `${output}its signature is valid for the key ${key}\n`,
    };
  } catch (error) {
    const exitCode = error instanceof BundleRefused ? EXIT.refused : EXIT.unreadable;
    const fault = error instanceof BundleRefused ? `${file}: ${error.fault}: ` : '';
    return { exitCode, output: '', warning: `amphora-agent: ${fault}${reasonOf(error)}\n` };
  }
}

const UNCHECKED =
  'signature not checked: anybody may have made this bundle; name the public key of the amphorae by --key FILE\n';

/** Returns the id of a bundle and its manifest, with the names of the manifest's own text. */
const jsonOf = (bundle: ReadBundle): string =>
  `${JSON.stringify({ id: bundle.id, ...JSON.parse(manifestText(bundle)) }, undefined, 2)}\n`;

function summaryOf(file: string, bundle: ReadBundle): string {
  const { packages, allowsDowngrade } = bundle;
  return [
    `${file}: bundle ${bundle.id} for ${targetText(bundle)}`,
    `created ${bundle.created}, expires ${bundle.expires}`,
    ...(allowsDowngrade ? ['its packages may replace newer ones'] : []),
    ...packages.map((one) => {
      const from = one.from === undefined ? '' : `, replaces ${one.from} and newer`;
      return `  ${one.name} ${one.version} ${one.architecture}, ${one.bytes} bytes${from}`;
    }),
    '',
  ].join('\n');
}
