import { authoritiesFault, type ClientKind } from '../certificates/authorities-fault.ts';
import type { Validity } from '../certificates/certificate-validity.ts';
import { type DriftItem, driftLine } from '../drift/drift-report.ts';
import { type LastUpgrade, upgradeNotes, upgradeReasons } from '../upgrade/last-upgrade.ts';
import { type UnreadPart, unreadText } from './unread-part.ts';

/** The state of one haproxy. */
export interface HaproxyHealth {
  readonly id: string;
  /**
   * `silent`: the service runs, but no worker answers; `stopped`: a controller stopped it or has not started it yet; `unknown`: it
   * can't be read, as `unread` of the amphora says
   */
  readonly state: 'serves' | 'silent' | 'down' | 'stopped' | 'unknown';
}

/** A certificate with its issuers, or the authorities in one file. */
export interface CertificateHealth extends Validity {
  /** for example the path of its file */
  readonly name: string;
  /** whose certificates the authorities sign; undefined for a certificate of the agent or of a load balancer */
  readonly signs?: ClientKind;
  /** when authorities expired beside which another one is valid */
  readonly expired?: readonly Date[];
}

export interface HeartbeatHealth {
  readonly hasControllers: boolean;
  readonly hasKey: boolean;
  readonly intervalMs: number;
  /** milliseconds since the kernel took the last datagram; undefined when none was sent yet */
  readonly sinceSentMs: number | undefined;
  /** milliseconds since the start of the agent */
  readonly sinceStartMs: number;
  /** the last heartbeat that could not be sent; undefined when there is none, or when heartbeats are in time */
  readonly lastFailure?: HeartbeatFailure | undefined;
}

/** A heartbeat that the kernel did not take. */
export interface HeartbeatFailure {
  /** `host:port` of the controller */
  readonly destination: string;
  readonly error: string;
}

/** A file system on which the agent writes. */
export interface DiskHealth {
  readonly path: string;
  readonly availableBytes: number;
  readonly availableInodes: number;
}

/** What decides whether an amphora is ready. */
export interface AmphoraHealth {
  readonly hasNamespace: boolean;
  /** interfaces that have a file and are missing in the namespace, and those that are down */
  readonly missingInterfaces: readonly string[];
  readonly downInterfaces: readonly string[];
  /** every interface that has a file, with its MAC address if it was plugged; undefined: they can't be read */
  readonly interfaces?: readonly { readonly name: string; readonly macAddress: string | undefined }[];
  readonly haproxys: readonly HaproxyHealth[];
  readonly keepalived: 'not configured' | 'runs' | 'down' | 'unknown';
  readonly certificates: readonly CertificateHealth[];
  readonly heartbeat: HeartbeatHealth;
  readonly disks: readonly DiskHealth[];
  readonly drift: readonly DriftItem[];
  /** the upgrade under way, or the last one */
  readonly upgrade?: LastUpgrade | undefined;
  /** parts about which nothing is known */
  readonly unread: readonly UnreadPart[];
}

/** The judgement about an amphora: it is ready when there is no reason against it. */
export interface Readiness {
  /** one sentence for each fault, with what to do */
  readonly reasons: readonly string[];
  /** facts that an engineer should know, but that are no fault */
  readonly notes: readonly string[];
}

const MISSED_BEATS = 3;
const LEAST_PATIENCE_MS = 10_000;
const LEAST_BYTES = 64 * 1024 * 1024;
const LEAST_INODES = 1000;
const DAY_MS = 86_400_000;
const EXPIRY_NOTE_DAYS = 14;
const BYTES_PER_MIB = 1024 * 1024;

/** Judges whether an amphora is ready to serve. @param now the time of the judgement */
export function readiness(health: AmphoraHealth, now: Date): Readiness {
  return {
    reasons: [
      ...health.unread.map(unreadText),
      ...networkReasons(health),
      ...health.haproxys.flatMap(haproxyReason),
      ...(health.keepalived === 'down'
        ? [
            'keepalived is configured but does not run, so no heartbeat is sent: start it (PUT /1.0/vrrp/start), and read the log of octavia-keepalived.service (in GET /diagnostics)',
          ]
        : []),
      ...health.certificates.flatMap((certificate) => validityReason(certificate, now)),
      ...heartbeatReasons(health.heartbeat),
      ...health.disks.flatMap(diskReason),
      ...health.drift.filter(({ weight }) => weight === 'fault').map(driftLine),
      ...upgradeReasons(health.upgrade),
    ],
    notes: [
      ...health.haproxys
        .filter(({ state }) => state === 'stopped')
        .map(({ id }) => `load balancer ${id} is stopped: a controller stopped it or has not started it yet`),
      ...health.certificates.flatMap((certificate) => expiryNotes(certificate, now)),
      ...health.drift.filter(({ weight }) => weight === 'note').map(driftLine),
      ...upgradeNotes(health.upgrade),
    ],
  };
}

function networkReasons(health: AmphoraHealth): string[] {
  const { hasNamespace, missingInterfaces, downInterfaces, interfaces = [] } = health;
  if (!hasNamespace) return ['the network namespace amphora-haproxy is missing: see amphora-netns.service'];
  return [
    ...missingInterfaces.map((name) => {
      const mac = interfaces.find((one) => one.name === name)?.macAddress;
      const port = mac === undefined ? '' : ` (MAC address ${mac})`;
      return `interface ${name}${port} has a file but is not in the namespace: attach its port to the amphora again, or fail the amphora over`;
    }),
    ...downInterfaces.map((name) => `interface ${name} is down: amphora-interface up ${name}`),
  ];
}

function haproxyReason({ id, state }: HaproxyHealth): string[] {
  switch (state) {
    case 'silent':
      return [
        `haproxy of load balancer ${id} runs but does not answer: reload it (PUT /1.0/loadbalancer/${id}/reload), or restart haproxy-${id}.service`,
      ];
    case 'down':
      return [
        `haproxy of load balancer ${id} does not run: start it (PUT /1.0/loadbalancer/${id}/start), and read the log of haproxy-${id}.service (in GET /diagnostics)`,
      ];
    default:
      return [];
  }
}

/** Returns whole days until the date, negative after it. */
export const daysUntil = (date: Date, now: Date): number =>
  Math.floor((date.getTime() - now.getTime()) / DAY_MS);

function validityReason(certificate: CertificateHealth, now: Date): string[] {
  const { name, signs, notBefore, notAfter } = certificate;
  if (signs !== undefined)
    return authoritiesFault({ ...certificate, signs }, now).map(
      (fault) => `${fault.message}: ${fault.remedy}`,
    );
  if (notAfter <= now) return [`certificate ${name} expired on ${notAfter.toISOString()}: replace it`];
  return notBefore <= now
    ? []
    : [
        `certificate ${name} is not valid before ${notBefore.toISOString()}, and the clock shows ${now.toISOString()}: correct the clock of the amphora, or replace the certificate`,
      ];
}

function expiryNotes({ name, signs, notAfter, expired = [] }: CertificateHealth, now: Date): string[] {
  const days = daysUntil(notAfter, now);
  const what = signs === undefined ? `certificate ${name}` : `an authority of ${signs} in ${name}`;
  return [
    ...(notAfter <= now || days >= EXPIRY_NOTE_DAYS ? [] : [`${what} expires in ${days} days`]),
    ...expired.map((end) => `an authority of ${signs} in ${name} expired on ${end.toISOString()}: remove it`),
  ];
}

function heartbeatReasons(heartbeat: HeartbeatHealth): string[] {
  const { hasControllers, hasKey, sinceSentMs, lastFailure } = heartbeat;
  if (!hasControllers) return ['no controller is listed in controller_ip_port_list: no heartbeats are sent'];
  if (!hasKey) return ['heartbeat_key is missing: no heartbeats are sent'];
  if (!isLate(heartbeat)) return [];
  const since = sinceSentMs === undefined ? 'since the start of the agent' : `for ${seconds(sinceSentMs)} s`;
  if (lastFailure === undefined) return [`no heartbeat was sent ${since}: see the log of the agent`];
  const { destination, error } = lastFailure;
  return [
    `no heartbeat was sent ${since}, the last one to ${destination} failed (${error}): see the routes and addresses in GET /diagnostics, and controller_ip_port_list`,
  ];
}

/** Returns whether heartbeats should have been sent by now. */
export function isLate({ intervalMs, sinceSentMs, sinceStartMs }: HeartbeatHealth): boolean {
  const patienceMs = Math.max(LEAST_PATIENCE_MS, MISSED_BEATS * intervalMs);
  return (sinceSentMs ?? sinceStartMs) > patienceMs;
}

function diskReason({ path, availableBytes, availableInodes }: DiskHealth): string[] {
  if (availableBytes < LEAST_BYTES)
    return [
      `the disk of ${path} is full: ${Math.floor(availableBytes / BYTES_PER_MIB)} MiB are left, and changes fail without space: remove old logs, or fail the amphora over`,
    ];
  return availableInodes < LEAST_INODES
    ? [`the disk of ${path} has only ${availableInodes} inodes left: remove files, or fail the amphora over`]
    : [];
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 1000);

/** Returns the text of `GET /readyz`: a verdict, then a line for each reason and note. */
export const readinessText = ({ reasons, notes }: Readiness): string =>
  [
    reasons.length === 0 ? 'ready' : 'not ready',
    ...reasons.map((reason) => `- ${reason}`),
    ...notes.map((note) => `note: ${note}`),
    '',
  ].join('\n');
