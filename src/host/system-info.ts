import { cpus, hostname } from 'node:os';
import {
  type CpuTimes,
  type MemoryUse,
  parseCpuTimes,
  parseDpkgVersions,
  parseLoad,
  parseMemoryUse,
  parseRpmVersions,
} from '../domain/proc-files.ts';
import { CommandFailed } from '../errors.ts';
import type { Argv, CommandRunner } from './command.ts';
import type { Files } from './files.ts';

/** Facts about the machine, in the names and units of `GET info` and `GET details` (contract sections 3 and 4). */
export interface SystemInfo {
  hostname(): string;
  cpuCount(): number;
  cpu(): Promise<CpuTimes>;
  memory(): Promise<MemoryUse>;
  /** @param mountPoint any path on the file system meant */
  disk(mountPoint: string): Promise<{ used: number; available: number }>;
  load(): Promise<[string, string, string]>;
  /** the text of /etc/tuned/active_profile, `''` where there is none */
  activeTunedProfile(): Promise<string>;
  /** Full versions by name, as the package manager has them (`2.6.12-1+deb12u4`); `''` for what isn't installed. */
  packageVersions(names: readonly string[]): Promise<Record<string, string>>;
}

const COMMAND_LIMIT_MS = 10_000;
const DPKG_STATUS = '/var/lib/dpkg/status';

export function createSystemInfo(files: Files, commands: CommandRunner): SystemInfo {
  const text = async (file: string): Promise<string> => (await files.readText(file)) ?? '';
  return {
    hostname,
    cpuCount: () => cpus().length,
    cpu: async () => parseCpuTimes(await text('/proc/stat')),
    memory: async () => parseMemoryUse(await text('/proc/meminfo')),
    disk: (mountPoint) => files.diskUse(mountPoint),
    load: async () => parseLoad(await text('/proc/loadavg')),
    activeTunedProfile: async () => (await text('/etc/tuned/active_profile')).trim(),
    packageVersions: createPackageVersions(files, commands),
  };
}

/** Asks the package manager again only after it has changed something. */
function createPackageVersions(files: Files, commands: CommandRunner): SystemInfo['packageVersions'] {
  const cached = new Map<string, { fingerprint: string; versions: Record<string, string> }>();
  return async (names) => {
    const fingerprint = await files.fingerprint(DPKG_STATUS);
    const key = names.join(' ');
    const known = cached.get(key);
    if (known !== undefined && known.fingerprint === fingerprint) return { ...known.versions };
    const found = fingerprint === undefined ? await askRpm(commands, names) : await askDpkg(commands, names);
    const versions = Object.fromEntries(names.map((name) => [name, found.get(name) ?? '']));
    if (fingerprint !== undefined) cached.set(key, { fingerprint, versions });
    return { ...versions };
  };
}

async function askDpkg(commands: CommandRunner, names: readonly string[]): Promise<Map<string, string>> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '${Package}\t${Version}\t${db:Status-Status}\n';
  return parseDpkgVersions(
    await output(commands, ['dpkg-query', '-W', `-f=${format}`, '--', ...names], names),
  );
}

async function askRpm(commands: CommandRunner, names: readonly string[]): Promise<Map<string, string>> {
  const format = '%{NAME}\t%{VERSION}\n';
  return parseRpmVersions(
    await output(commands, ['rpm', '-q', '--queryformat', format, '--', ...names], names),
  );
}

/** Both managers end with another code than 0 for names that aren't installed, and print the others. */
async function output(commands: CommandRunner, argv: Argv, names: readonly string[]): Promise<string> {
  const okCodes = [...Array(names.length + 1).keys()];
  try {
    return (await commands.run(argv, { timeoutMs: COMMAND_LIMIT_MS, okCodes })).stdout;
  } catch (error) {
    if (error instanceof CommandFailed && !error.timedOut && error.exitCode === undefined) return '';
    throw error;
  }
}
