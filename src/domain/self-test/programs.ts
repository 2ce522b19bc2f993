import { type Finding, ok, type State } from './finding.ts';

/** A program that the agent or the data plane needs. */
export interface NeededProgram {
  /** absolute path, or a name to find in PATH */
  readonly program: string;
  /** arguments that print its version; undefined: it has none */
  readonly version: readonly string[] | undefined;
  /** it prints no version on some kernels, although it works as far as it can there */
  readonly mayHideVersion?: true;
  readonly withoutIt: Exclude<State, 'ok'>;
  readonly effect: string;
  /** names of the package in Debian and in Red Hat's distributions */
  readonly packages: { readonly debian: string; readonly redHat: string };
}

const same = (name: string) => ({ debian: name, redHat: name });

/** Returns the programs that an amphora needs. @param haproxyCmd value of the option haproxy_cmd */
export const neededPrograms = (haproxyCmd: string): readonly NeededProgram[] => [
  {
    program: haproxyCmd,
    version: ['-v'],
    withoutIt: 'broken',
    effect: 'no load balancer can run',
    packages: same('haproxy'),
  },
  {
    program: 'ip',
    version: ['-V'],
    withoutIt: 'broken',
    effect: 'no interface can be plugged',
    packages: { debian: 'iproute2', redHat: 'iproute' },
  },
  {
    program: '/usr/sbin/keepalived',
    version: ['--version'],
    withoutIt: 'degraded',
    effect: 'no VRRP, and no UDP and SCTP listeners',
    packages: same('keepalived'),
  },
  {
    program: 'ipvsadm',
    version: ['--version'],
    // each call fails on a kernel without IPVS, even that for the version; the check of ip_vs reports it
    mayHideVersion: true,
    withoutIt: 'degraded',
    effect: 'UDP and SCTP listeners have no statistics',
    packages: same('ipvsadm'),
  },
  {
    program: 'nft',
    version: ['--version'],
    withoutIt: 'degraded',
    effect: 'no packet filter of the VIP (SR-IOV)',
    packages: same('nftables'),
  },
  {
    program: 'arping',
    version: undefined,
    withoutIt: 'degraded',
    effect: 'IPv4 addresses are not advertised after a plug',
    packages: { debian: 'iputils-arping', redHat: 'iputils' },
  },
  {
    program: 'sysctl',
    version: ['--version'],
    withoutIt: 'degraded',
    effect: 'the settings of the kernel are not made',
    packages: { debian: 'procps', redHat: 'procps-ng' },
  },
];

export interface ObservedProgram {
  readonly canRun: boolean;
  /** output of the command for the version; undefined if it failed */
  readonly output: string | undefined;
}

/** @param isDebian whether the machine has apt-get */
export function judgeProgram(
  { program, version, withoutIt, effect, packages, mayHideVersion }: NeededProgram,
  { canRun, output }: ObservedProgram,
  isDebian: boolean,
): Finding {
  const remedy = isDebian ? `apt-get install ${packages.debian}` : `dnf install ${packages.redHat}`;
  if (!canRun) {
    return { state: withoutIt, subject: program, message: `missing or not executable: ${effect}`, remedy };
  }
  if (version === undefined) return ok(program, 'present');
  const [line = ''] = (output ?? '').trim().split('\n', 1);
  if (line !== '') return ok(program, line);
  if (mayHideVersion) return ok(program, 'present; it prints no version on this kernel');
  const [verb, ...words] = remedy.split(' ');
  return {
    state: withoutIt,
    subject: program,
    message: `${[program, ...version].join(' ')} fails: ${effect}`,
    remedy: [verb, ...(isDebian ? ['--reinstall', ...words] : ['reinstall', ...words.slice(1)])].join(' '),
  };
}
