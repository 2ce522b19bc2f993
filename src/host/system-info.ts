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

/** Facts about the machine, in the names and units of `GET info` and `GET details` (docs/contract.md, sections 3 and 4). */
export interface SystemInfo {
  hostname(): string;
  cpuCount(): number;
  cpu(): Promise<CpuTimes>;
  memory(): Promise<MemoryUse>;
  /** @param mountPoint any path on the file system */
  disk(mountPoint: string): Promise<{ used: number; available: number }>;
  load(): Promise<[string, string, string]>;
  /** Returns the text of /etc/tuned/active_profile, or `''` when the file doesn't exist. */
  activeTunedProfile(): Promise<string>;
  /** Returns full versions by package name (`2.6.12-1+deb12u4`). The version of a missing package is `''`. */
  packageVersions(names: readonly string[]): Promise<Record<string, string>>;
  ownProcess(): OwnProcess;
}

/** Facts about the process of the agent. */
export interface OwnProcess {
  readonly nodeVersion: string;
  readonly uptimeSeconds: number;
  /** bytes by kind */
  readonly memory: { readonly resident: number; readonly heap: number; readonly external: number };
  /** processor time in seconds by mode */
  readonly cpu: { readonly user: number; readonly system: number };
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
    ownProcess,
  };
}

const MICROSECONDS = 1e6;

function ownProcess(): OwnProcess {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    nodeVersion: process.version,
    uptimeSeconds: process.uptime(),
    memory: { resident: rss, heap: heapUsed, external },
    cpu: { user: user / MICROSECONDS, system: system / MICROSECONDS },
  };
}

/** Queries the package manager again only when its database has changed. */
function createPackageVersions(files: Files, commands: CommandRunner): SystemInfo['packageVersions'] {
  const cached = new Map<string, { fingerprint: string; versions: Record<string, string> }>();
  return async (names) => {
    const fingerprint = await files.fingerprint(DPKG_STATUS);
    const key = names.join(' ');
    const known = cached.get(key);
    if (known !== undefined && known.fingerprint === fingerprint) return { ...known.versions };
    const found =
      fingerprint === undefined ? await queryRpm(commands, names) : await queryDpkg(commands, names);
    const versions = Object.fromEntries(names.map((name) => [name, found.get(name) ?? '']));
    if (fingerprint !== undefined) cached.set(key, { fingerprint, versions });
    return { ...versions };
  };
}

async function queryDpkg(commands: CommandRunner, names: readonly string[]): Promise<Map<string, string>> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '${Package}\t${Version}\t${db:Status-Status}\n';
  return parseDpkgVersions(
    await output(commands, ['dpkg-query', '-W', `-f=${format}`, '--', ...names], names),
  );
}

async function queryRpm(commands: CommandRunner, names: readonly string[]): Promise<Map<string, string>> {
  const format = '%{NAME}\t%{VERSION}\n';
  return parseRpmVersions(
    await output(commands, ['rpm', '-q', '--queryformat', format, '--', ...names], names),
  );
}

/** Both package managers print the installed packages. They end with a code other than 0 when a package is missing. */
async function output(commands: CommandRunner, argv: Argv, names: readonly string[]): Promise<string> {
  const okCodes = [...Array(names.length + 1).keys()];
  try {
    return (await commands.run(argv, { timeoutMs: COMMAND_LIMIT_MS, okCodes })).stdout;
  } catch (error) {
    if (error instanceof CommandFailed && !error.timedOut && error.exitCode === undefined) return '';
    throw error;
  }
}
