import type { TrafficHistory } from '../domain/metrics/traffic-history.ts';
import { createPaths, type PathOptions, type Paths } from '../domain/paths.ts';
import type { RecentHeartbeat } from '../domain/recent-events.ts';

/** A destination of heartbeats. */
export interface Controller {
  /** address or host name; IPv6 without brackets */
  readonly host: string;
  readonly port: number;
}

/** The options of the agent that heartbeats use. AgentConfig has all of them. */
export interface HeartbeatConfig extends PathOptions {
  readonly amphoraId: string;
  readonly haproxyCmd: string;
  readonly controllers: readonly Controller[];
  /** interval in seconds, above 0 */
  readonly heartbeatInterval: number;
  readonly heartbeatKey: string | undefined;
  readonly heartbeatVersion: 'auto' | '1' | '3';
  readonly debug: boolean;
}

/** The options as plain data that can be copied to another thread. */
export interface HeartbeatSettings {
  readonly amphoraId: string;
  readonly haproxyCmd: string;
  readonly controllers: readonly Controller[];
  readonly intervalMs: number;
  readonly key: string | undefined;
  readonly version: HeartbeatConfig['heartbeatVersion'];
  readonly pathOptions: PathOptions;
  readonly debug: boolean;
}

/** The `workerData` of the heartbeat thread. */
export interface HeartbeatStart {
  readonly role: 'heartbeat';
  readonly settings: HeartbeatSettings;
  /** result of `createBeatMemory` */
  readonly memory: SharedArrayBuffer;
}

/** A message that the kernel accepted. */
export interface SentBeat {
  readonly kind: 'sent';
  readonly sequence: number;
  readonly bytes: number;
  readonly listeners: number;
  /** number of messages that report everything; above 1 if one message is too small: see packHeartbeat() */
  readonly parts: number;
  /** milliseconds from its `sendingMoment` until the kernel accepted it; below 0 when a timer fired early */
  readonly lateMs: number;
}

/** The outcome of one beat. */
export type BeatOutcome =
  | SentBeat
  | { readonly kind: 'failed'; readonly sequence: number; readonly bytes: number }
  | { readonly kind: 'silent'; readonly reason: 'no controllers' | 'no key' | 'keepalived' | 'closing' }
  | { readonly kind: 'broken' };

/** A message from the main thread to the heartbeat thread. */
export type ToWorker =
  | { readonly kind: 'settings'; readonly settings: HeartbeatSettings }
  /** Closes the connections to haproxy's workers, of which a reload has replaced one. */
  | { readonly kind: 'leave workers' }
  | { readonly kind: 'recent' }
  | { readonly kind: 'traffic' }
  | { readonly kind: 'close' };

/** A message from the heartbeat thread to the main thread. */
export type FromWorker =
  | { readonly kind: 'log'; readonly line: string }
  /** the answer to the message `recent`: the oldest heartbeat first */
  | { readonly kind: 'recent'; readonly heartbeats: readonly RecentHeartbeat[] }
  /** the answer to the message `traffic` */
  | { readonly kind: 'traffic'; readonly histories: readonly TrafficHistory[] }
  | { readonly kind: 'closed' };

/** The longest time that a beat waits for the answer of a haproxy. */
const LONGEST_ANSWER_MS = 5000;

/** Returns how long a beat waits for haproxy, in ms. It is at most half the interval. */
export const collectDeadline = (settings: Pick<HeartbeatSettings, 'intervalMs'>): number =>
  Math.min(settings.intervalMs / 2, LONGEST_ANSWER_MS);

const IDLE_RESERVE_MS = 10_000;

/** Returns how long haproxy keeps a connection open after a beat, in ms: longer than until the next beat. */
export const idleLimit = (settings: Pick<HeartbeatSettings, 'intervalMs'>): number =>
  2 * settings.intervalMs + IDLE_RESERVE_MS;

const LONGEST_WRITE_MS = 250;

/** Returns how long a beat waits for the disk, in ms. */
export const writeDeadline = (settings: Pick<HeartbeatSettings, 'intervalMs'>): number =>
  Math.min(settings.intervalMs / 20, LONGEST_WRITE_MS);

/** Returns the settings of the heartbeat thread. All of them can be copied to another thread. */
export function heartbeatSettings(config: HeartbeatConfig): HeartbeatSettings {
  const { basePath, baseCertDir, agentServerNetworkDir } = config;
  return {
    amphoraId: config.amphoraId,
    haproxyCmd: config.haproxyCmd,
    controllers: config.controllers.map(({ host, port }) => ({ host, port })),
    intervalMs: config.heartbeatInterval * 1000,
    key: config.heartbeatKey,
    version: config.heartbeatVersion,
    pathOptions: { basePath, baseCertDir, agentServerNetworkDir },
    debug: config.debug,
  };
}

export const settingsPaths = (settings: HeartbeatSettings): Paths => createPaths(settings.pathOptions);
