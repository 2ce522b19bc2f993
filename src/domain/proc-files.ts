import type { LinkTraffic } from './network/ip-json.ts';

/** CPU time of all processors since boot, in jiffies, as `GET details` shows it. */
export interface CpuTimes {
  readonly total: number;
  readonly user: string;
  readonly system: string;
  readonly soft_irq: string;
}

/** Memory in KiB, as `GET details` shows it; controllers size haproxy's TLS cache from it. */
export interface MemoryUse {
  readonly total: number;
  readonly free: number;
  readonly buffers: number;
  readonly cached: number;
  readonly swap_used: number;
  readonly shared: number;
  readonly slab: number;
}

/** Reads /proc/PID/net/dev (proc(5)): the traffic of each interface in the network namespace of that process. */
export function parseNetDev(text: string): LinkTraffic[] {
  return text.split('\n').flatMap((line) => {
    const [, name, counts = ''] = /^\s*(\S+?):\s*(\d.*)$/.exec(line) ?? [];
    const fields = counts.split(/\s+/).map(Number);
    return name === undefined ? [] : [{ name, receivedBytes: fields[0] ?? 0, sentBytes: fields[8] ?? 0 }];
  });
}

/** Reads the first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal guest guest_nice. */
export function parseCpuTimes(stat: string): CpuTimes {
  const [, ...fields] = (stat.split('\n', 1)[0] ?? '').trim().split(/\s+/);
  const [user = '0', , system = '0', , , , softIrq = '0'] = fields;
  const total = fields.reduce((sum, field) => sum + (Number(field) || 0), 0);
  return { total, user, system, soft_irq: softIrq };
}

/** Reads /proc/meminfo (proc(5)). A field that the kernel doesn't report is 0. */
export function parseMemoryUse(meminfo: string): MemoryUse {
  const found = new Map<string, number>();
  for (const [, name = '', value] of meminfo.matchAll(/^([^:\n]+):\s+(\d+)/gm))
    found.set(name, Number(value));
  const kib = (name: string): number => found.get(name) ?? 0;
  return {
    total: kib('MemTotal'),
    free: kib('MemFree'),
    buffers: kib('Buffers'),
    cached: kib('Cached'),
    swap_used: kib('SwapCached'),
    shared: kib('Shmem'),
    slab: kib('Slab'),
  };
}

/** Reads the load over 1, 5 and 15 minutes, as texts, from the first three fields of /proc/loadavg. */
export function parseLoad(loadavg: string): [string, string, string] {
  const [one = '0.00', five = '0.00', fifteen = '0.00'] =
    loadavg.trim() === '' ? [] : loadavg.trim().split(/\s+/);
  return [one, five, fifteen];
}

/** Reads lines of `name<TAB>version<TAB>status`. Only installed packages are in the result. */
export function parseDpkgVersions(output: string): Map<string, string> {
  const rows = output.split('\n').map((line) => line.split('\t'));
  return new Map(
    rows.flatMap(([name, version, status]) =>
      name !== undefined && version !== undefined && status === 'installed' ? [[name, version] as const] : [],
    ),
  );
}

/** Reads lines of `name<TAB>version`. Skips other lines, such as `package x is not installed`. */
export function parseRpmVersions(output: string): Map<string, string> {
  const rows = output.split('\n').map((line) => line.split('\t'));
  return new Map(
    rows.flatMap(([name, version]) =>
      name !== undefined && version !== undefined ? [[name, version] as const] : [],
    ),
  );
}

/** The number of CAP_SETPCAP, which lets a process drop capabilities from its bounding set (capabilities(7)). */
export const CAP_SETPCAP = 8n;

/** Whether a process has a capability. @param status its /proc/PID/status (proc(5)) @param capability its number */
export function hasCapability(status: string, capability: bigint): boolean {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}

/** The limits and rights that decide how many file descriptors a process and its children can get. */
export interface DescriptorRights {
  /** RLIMIT_NOFILE: the process may raise its limit up to this number without privileges */
  readonly hardLimit: number;
  /** whether the process may exceed it, up to fs.nr_open: CAP_SYS_RESOURCE outside any user namespace (setrlimit(2)) */
  readonly mayRaise: boolean;
}

/** The number of CAP_SYS_RESOURCE, which lets a process exceed a hard limit (capabilities(7)). */
const CAP_SYS_RESOURCE = 24n;
/** /proc/PID/uid_map of the initial user namespace (user_namespaces(7)). */
const ALL_IDS = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * Reads the limits and rights of a process.
 * @param texts /proc/PID/limits, /proc/PID/status and /proc/PID/uid_map (proc(5))
 * @returns undefined when the texts lack the limit or the capabilities
 */
export function parseDescriptorRights(texts: {
  readonly limits: string;
  readonly status: string;
  readonly uidMap: string;
}): DescriptorRights | undefined {
  const hard = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(texts.limits)?.[1];
  if (hard === undefined || !texts.status.includes('CapEff:')) return undefined;
  const has = hasCapability(texts.status, CAP_SYS_RESOURCE);
  return {
    hardLimit: hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard),
    mayRaise: has && ALL_IDS.test(texts.uidMap),
  };
}

/** A line of /proc/PID/maps for code of a file that no longer has its name: address, rights, …, path. */
const REPLACED_CODE = /^\S+ ..x. \S+ \S+ \d+ +\/(?:usr|opt|lib|bin|sbin)\S* \(deleted\)$/m;

/** Returns whether a process runs code of a file that was replaced or removed. @param maps /proc/PID/maps (proc(5)) */
export const mapsReplacedFiles = (maps: string): boolean => REPLACED_CODE.test(maps);
