import type { MachineFacts } from './machine.ts';

/** What a configuration has to know of the machine it is for. Paths are absolute. */
export interface HaproxySettings {
  readonly haproxy: HaproxyPlaces;
  /** datagram socket of the machine's syslog */
  readonly logSocket: string;
  /** facilities LOCAL0 to LOCAL7, as numbers: of connections, and of what haproxy says itself */
  readonly userLogFacility: number;
  readonly administrativeLogFacility: number;
  /** what PING health monitors run */
  readonly pingCommand: string;
  /** undefined: nothing in the configuration depends on the machine */
  readonly machine?: MachineFacts | undefined;
}

/** Files of this haproxy; `LoadBalancerPaths` has them all. */
export interface HaproxyPlaces {
  readonly directory: string;
  readonly statsSocket: string;
  readonly serversState: string;
  /** directory */
  readonly certificates: string;
}
