import { createPaths, type PathOptions, type Paths } from '../domain/paths.ts';

/** Where a heartbeat can go. */
export interface Controller {
  /** address or name, IPv6 without brackets */
  readonly host: string;
  readonly port: number;
}

/** The options of the agent that heartbeats depend on; AgentConfig is one of these. */
export interface HeartbeatConfig extends PathOptions {
  readonly amphoraId: string;
  readonly haproxyCmd: string;
  readonly controllers: readonly Controller[];
  /** seconds, above 0 */
  readonly heartbeatInterval: number;
  readonly heartbeatKey: string | undefined;
  readonly heartbeatVersion: 'auto' | '1' | '3';
  readonly debug: boolean;
}

/** The same as plain data, ready for another thread. */
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

/** What the worker thread is started with, its `workerData`. */
export interface HeartbeatStart {
  readonly role: 'heartbeat';
  readonly settings: HeartbeatSettings;
  /** what `createBeatMemory` made */
  readonly memory: SharedArrayBuffer;
}

/** A message that the kernel took. */
export interface SentBeat {
  readonly kind: 'sent';
  readonly sequence: number;
  readonly bytes: number;
  readonly listeners: number;
  /** above 1 where one message can't tell everything: see packHeartbeat() */
  readonly parts: number;
}

/** What became of one beat. */
export type BeatOutcome =
  | SentBeat
  | { readonly kind: 'failed'; readonly sequence: number; readonly bytes: number }
  | { readonly kind: 'silent'; readonly reason: 'no controllers' | 'no key' | 'keepalived' | 'closing' }
  | { readonly kind: 'broken' };

/** From the main thread to the worker. */
export type ToWorker =
  | { readonly kind: 'settings'; readonly settings: HeartbeatSettings }
  | { readonly kind: 'close' };

/** From the worker to the main thread. */
export type FromWorker = { readonly kind: 'log'; readonly line: string } | { readonly kind: 'closed' };

/** Longest time that one haproxy may take to answer (field lessons A1). */
const LONGEST_ANSWER_MS = 5000;

/** How long a beat waits for haproxy, in ms: always well inside the interval. */
export const collectDeadline = (settings: Pick<HeartbeatSettings, 'intervalMs'>): number =>
  Math.min(settings.intervalMs / 2, LONGEST_ANSWER_MS);

const LONGEST_OFFSET_MS = 500;
/** timers may fire this much too early */
const EARLY_MS = 2;

/**
 * When the message of a beat goes out: a moment (an offset of a twentieth of the interval, half a second at most) after
 * the beat is due. What delays a beat for less (a reload under way, a busy processor, a large configuration that has
 * changed) can't be seen in the interval between two messages. Where a haproxy kept the beat waiting up to its deadline,
 * and will do so in the next, the offset comes after the deadline.
 * @param due when the beat was due, ms @param observed when everything was asked, ms
 */
export function sendingMoment(
  settings: Pick<HeartbeatSettings, 'intervalMs'>,
  due: number,
  observed: number,
): number {
  const offset = Math.min(settings.intervalMs / 20, LONGEST_OFFSET_MS);
  const deadline = due + collectDeadline(settings);
  return observed < deadline - EARLY_MS ? due + offset : deadline + offset;
}

const LONGEST_WRITE_MS = 250;

/** How long a beat waits for the disk, in ms. */
export const writeDeadline = (settings: Pick<HeartbeatSettings, 'intervalMs'>): number =>
  Math.min(settings.intervalMs / 20, LONGEST_WRITE_MS);

/** Picks what the worker needs, and nothing that can't be copied to it. */
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
