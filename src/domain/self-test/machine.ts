import { explode } from '../network/addresses.ts';
import { type Finding, ok } from './finding.ts';

/** The kernel modules that the agent loads, and the effect of their absence. */
export const NEEDED_MODULES = {
  ip_vs: 'no UDP and SCTP listeners',
  nf_conntrack: 'no connection tracking for UDP and SCTP listeners',
} as const;

export const judgeModule = (name: keyof typeof NEEDED_MODULES, isThere: boolean): Finding =>
  isThere
    ? ok(`kernel module ${name}`, 'loaded or built in')
    : {
        state: 'degraded',
        subject: `kernel module ${name}`,
        message: `not loaded: ${NEEDED_MODULES[name]}`,
        remedy: `modprobe ${name}`,
      };

/** The facts of a file or directory. */
export interface FileFacts {
  readonly isDirectory: boolean;
  readonly uid: number;
  /** permission bits */
  readonly mode: number;
}

const OTHERS_WRITE = 0o022;
const OTHERS_READ = 0o044;
const OTHERS = 0o007;

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** @param facts undefined: there is no such directory. The agent makes each of its directories itself */
export function judgeDirectory(directory: string, facts: FileFacts | undefined): Finding {
  if (facts === undefined) return ok(directory, 'missing: the agent makes it when it needs it');
  if (!facts.isDirectory) {
    const remedy = `rm ${directory} && mkdir -p ${directory}`;
    return { state: 'broken', subject: directory, message: 'not a directory', remedy };
  }
  if (facts.uid !== 0) {
    const remedy = `chown root ${directory}`;
    return { state: 'degraded', subject: directory, message: `belongs to user ${facts.uid}`, remedy };
  }
  if ((facts.mode & OTHERS_WRITE) !== 0) {
    const message = `others than root may write (mode ${octal(facts.mode)})`;
    return { state: 'degraded', subject: directory, message, remedy: `chmod go-w ${directory}` };
  }
  return ok(directory, `mode ${octal(facts.mode)}`);
}

/** Judges the mode of a file with secrets. @param facts undefined: no such file, which another check reports */
export function judgeSecretFile(file: string, facts: FileFacts | undefined): Finding[] {
  if (facts === undefined) return [];
  if ((facts.mode & (OTHERS_WRITE | OTHERS_READ | OTHERS)) === 0)
    return [ok(file, `mode ${octal(facts.mode)}`)];
  const message = `others than root may use this file, which has a private key (mode ${octal(facts.mode)})`;
  return [{ state: 'degraded', subject: file, message, remedy: `chmod 600 ${file}` }];
}

/** `::` and 0.0.0.0 mean every address. */
const ANY = new Set(['0.0.0.0', '::'].map(explode));

/** @param addresses of the interfaces outside of the namespace; `%interface` behind an address is ignored */
export const isOfThisMachine = (address: string, addresses: readonly string[]): boolean => {
  const wanted = explode(address);
  return ANY.has(wanted) || addresses.some((one) => explode(one.replace(/%.*/, '')) === wanted);
};

export const judgeBindAddress = (address: string, addresses: readonly string[]): Finding =>
  isOfThisMachine(address, addresses)
    ? ok('bind_host', address)
    : {
        state: 'broken',
        subject: 'bind_host',
        message: `no interface has the address ${address}: controllers can't reach the API`,
        remedy: `ip address show, then correct bind_host or the interface`,
      };

/** @param isResolved whether the name of each controller has an address, by `host:port` */
export function judgeControllers(isResolved: ReadonlyMap<string, boolean>): Finding[] {
  if (isResolved.size === 0) {
    const remedy = 'set controller_ip_port_list in [health_manager]';
    const message =
      'no controller is listed: no heartbeats are sent, and the controller replaces the amphora';
    return [{ state: 'broken', subject: 'controller_ip_port_list', message, remedy }];
  }
  return [...isResolved].map(([destination, found]) =>
    found
      ? ok(destination, 'heartbeats have an address')
      : {
          state: 'degraded',
          subject: destination,
          message: 'the name has no address: its heartbeats are lost',
          remedy: `getent hosts ${destination.replace(/:\d+$/, '')}, then correct /etc/resolv.conf or controller_ip_port_list`,
        },
  );
}
