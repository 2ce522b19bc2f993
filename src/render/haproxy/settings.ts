import type { MachineFacts } from './machine.ts';

/** The facts about the machine that a configuration needs. Paths are absolute. */
export interface HaproxySettings {
  readonly haproxy: HaproxyPlaces;
  /** datagram socket of the machine's syslog */
  readonly logSocket: string;
  /** facilities LOCAL0 to LOCAL7 as numbers: one for connections, one for haproxy's own messages */
  readonly userLogFacility: number;
  readonly administrativeLogFacility: number;
  /** the command of PING health monitors */
  readonly pingCommand: string;
  /** undefined when the configuration must not depend on the machine */
  readonly machine?: MachineFacts | undefined;
}

/** The files of this haproxy, a part of `LoadBalancerPaths`. */
export interface HaproxyPlaces {
  readonly directory: string;
  readonly statsSocket: string;
  readonly serversState: string;
  /** absolute path of the certificate directory */
  readonly certificates: string;
}
