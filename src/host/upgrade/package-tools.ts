import {
  failedSimulationReason,
  type NamedPackage,
  simulationFault,
} from '../../domain/upgrade/apt-simulation.ts';
import { INSTALLED_FORMAT, type InstalledPackage, parseInstalled } from '../../domain/upgrade/dpkg-output.ts';
import { CommandFailed } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';

/** The questions to dpkg and apt before an upgrade. None of them changes anything, or needs more than to read. */
export interface PackageTools {
  /** Returns dpkg's name of the architecture; undefined without dpkg. */
  architecture(): Promise<string | undefined>;
  /** Returns the installed ones among some packages, by name. */
  installed(names: readonly string[]): Promise<Map<string, InstalledPackage>>;
  /** Compares two versions as dpkg orders them (deb-version(7)). */
  compare(one: string, other: string): Promise<'newer' | 'same' | 'older'>;
  /** Returns the size in bytes of the files that a package installs, as its control file says. */
  unpackedBytes(file: string): Promise<number>;
  /**
   * Simulates the installation of some packages all at once.
   * @param files their absolute paths
   * @returns why it would fail or change other packages; undefined otherwise
   */
  simulationFault(files: readonly string[], packages: readonly NamedPackage[]): Promise<string | undefined>;
}

const QUERY_MS = 20_000;
const SIMULATION_MS = 120_000;
const BYTES_PER_KIB = 1024;

/**
 * The simulation. It sees the installed packages and those of the bundle: without sources, apt can't count on a package that
 * the amphora could not download. It writes no cache and takes no lock, so that a read-only system is enough.
 */
const APT_SIMULATION = [
  ...(['apt-get', '--no-download', '--simulate', '--quiet', '--no-install-recommends'] as const),
  ...['--allow-downgrades', '--allow-change-held-packages'],
  ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=root'],
  ...['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='],
  ...['-o', 'Dir::Etc::SourceList=/dev/null', '-o', 'Dir::Etc::SourceParts=/dev/null'],
  'install',
] as const;

export function createPackageTools(commands: CommandRunner): PackageTools {
  const query = { timeoutMs: QUERY_MS };
  const holds = async (one: string, relation: 'lt' | 'eq', other: string): Promise<boolean> => {
    const argv = ['dpkg', '--compare-versions', one, relation, other] as const;
    return (await commands.run(argv, { ...query, okCodes: [0, 1] })).exitCode === 0;
  };
  return {
    async architecture() {
      try {
        return (await commands.run(['dpkg', '--print-architecture'], query)).stdout.trim();
      } catch (error) {
        if (error instanceof CommandFailed && error.isNotInstalled) return undefined;
        throw error;
      }
    },
    async installed(names) {
      const argv = ['dpkg-query', '-W', `-f=${INSTALLED_FORMAT}`, '--', ...names] as const;
      return parseInstalled((await commands.run(argv, { ...query, okCodes: [0, 1] })).stdout);
    },
    async compare(one, other) {
      if (await holds(one, 'eq', other)) return 'same';
      return (await holds(one, 'lt', other)) ? 'older' : 'newer';
    },
    async unpackedBytes(file) {
      const { stdout } = await commands.run(['dpkg-deb', '--field', file, 'Installed-Size'], query);
      return (Number(stdout.trim()) || 0) * BYTES_PER_KIB;
    },
    simulationFault: (files, packages) => simulate(commands, files, packages),
  };
}

async function simulate(
  commands: CommandRunner,
  files: readonly string[],
  packages: readonly NamedPackage[],
): Promise<string | undefined> {
  const options = { timeoutMs: SIMULATION_MS };
  try {
    return simulationFault((await commands.run([...APT_SIMULATION, ...files], options)).stdout, packages);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (!error.isNotInstalled) return refusalOf(error);
  }
  try {
    await commands.run(['dpkg', '--dry-run', '--install', ...files], options);
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return refusalOf(error);
    throw error;
  }
}

/** @throws CommandFailed if the program did not end by itself: it says nothing about the packages then */
function refusalOf(error: CommandFailed): string {
  if (error.exitCode === undefined) throw error;
  return failedSimulationReason(error.output);
}
