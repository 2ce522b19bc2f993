import type { Logger } from 'pino';
import type { CounterBook } from '../domain/heartbeat/counters.ts';
import { type HeartbeatVersion, LARGEST_DATAGRAM } from '../domain/heartbeat/heartbeat-message.ts';
import { createHeartbeatPacker } from '../domain/heartbeat/heartbeat-packer.ts';
import type { PackedHeartbeat } from '../domain/heartbeat/heartbeat-parts.ts';
import { createSigningKeys } from '../domain/heartbeat/signing-key.ts';
import type { RecentHeartbeat } from '../domain/recent-events.ts';
import { reasonOf } from '../errors.ts';
import { atMost } from './at-most.ts';
import { createReporter } from './beat-report.ts';
import type { CounterStore } from './counter-store.ts';
import type { ProblemLog } from './problem-log.ts';
import type { Resolver } from './sending/resolver.ts';
import type { DatagramSender } from './sending/sender.ts';
import { createPace } from './sending/sending-moment.ts';
import {
  type BeatOutcome,
  type Controller,
  collectDeadline,
  type HeartbeatSettings,
  writeDeadline,
} from './settings.ts';
import { collect, type Observations, type StatisticsSource } from './sources/collect.ts';

/** The dependencies of a beat. */
export interface BeatParts {
  /** Returns the settings in force. */
  readonly settings: () => HeartbeatSettings;
  /** Returns whether a configured keepalived is down. Then no heartbeat is sent, so that the controller fails over. */
  readonly keepalivedIsDown: () => Promise<boolean>;
  /** Returns the sequence number of the next message and advances it. */
  readonly nextSequence: () => number;
  readonly sources: readonly StatisticsSource[];
  readonly store: CounterStore;
  readonly resolver: Resolver;
  readonly sender: DatagramSender;
  readonly problems: ProblemLog;
  readonly logger: Logger;
  /** Keeps a sent or failed heartbeat for reports. */
  readonly remember: (heartbeat: RecentHeartbeat) => void;
  /** Resolves at a time of performance.now(), or at once if that time has passed. */
  waitUntil(moment: number): Promise<void>;
  /** aborted when the agent closes and must send nothing more */
  readonly closing: AbortSignal;
}

/**
 * Creates the function that runs one beat: it observes the listeners, builds the message, stores the counters, and sends
 * the message to the controller whose turn it is. Its parameter is the time at which the beat is due, by
 * performance.now(). `sendingMoment` says when the message goes out, so that the intervals between messages stay even. The
 * reported counters are on disk before the message is sent, unless the disk is too slow. So an agent that is killed in between
 * loses some traffic, and reports none twice.
 */
export function createBeat(parts: BeatParts): (due: number) => Promise<BeatOutcome> {
  const { store, problems } = parts;
  let book: CounterBook | undefined;
  let turn = 0;
  const pace = createPace();
  const keyOf = createSigningKeys();
  const pack = createHeartbeatPacker();
  const reportOf = createReporter();

  return async (due) => {
    const settings = parts.settings();
    const { controllers, key } = settings;
    const controller = controllers[turn % Math.max(1, controllers.length)];
    if (controller === undefined) return { kind: 'silent', reason: 'no controllers' };
    if (key === undefined) {
      problems.report('heartbeat_key', 'there is no key: no heartbeats go out; set it in [health_manager]');
      return { kind: 'silent', reason: 'no key' };
    }
    problems.clear('heartbeat_key');
    if (await parts.keepalivedIsDown()) return { kind: 'silent', reason: 'keepalived' };
    book ??= await store.load();
    const deadlineMs = collectDeadline(settings);
    const [observed, address] = await Promise.all([
      collect(parts.sources, deadlineMs),
      parts.resolver.resolve(controller.host, deadlineMs),
    ]);
    const moment = pace.moment(settings, { due, ready: performance.now() });
    if (parts.closing.aborted) return { kind: 'silent', reason: 'closing' };
    const version = chosenVersion(settings, observed);
    const sequence = parts.nextSequence();
    const { content, bookAfter } = reportOf(version, observed, book);
    const packed = pack({ version, amphoraId: settings.amphoraId, sequence, content }, keyOf(key));
    turn += 1;
    const size = { sequence, bytes: packed.datagram.length };
    const listeners = content.listeners.length;
    if (settings.debug) parts.logger.debug({ ...size, ...controller, version, listeners }, 'heartbeat');
    reportSize(problems, packed);
    const next = bookAfter(packed.carried);
    const outcome = await deliver(parts, {
      ...{ settings, controller, address, datagram: packed.datagram, moment, before: book, next },
      onReady: (ready) => pace.onReady(settings, { due, ready }),
    });
    if (outcome === 'closing') return { kind: 'silent', reason: 'closing' };
    if (outcome === 'failed') return { kind: 'failed', ...size };
    book = next;
    const lateMs = performance.now() - moment;
    return { kind: 'sent', ...size, listeners, parts: packed.parts, lateMs };
  };
}

/** A message that is ready, with the reported counters before and after it. */
interface Delivery {
  readonly settings: HeartbeatSettings;
  readonly controller: Controller;
  readonly address: Awaited<ReturnType<Resolver['resolve']>>;
  readonly datagram: Buffer;
  /** time to send it, by performance.now() */
  readonly moment: number;
  readonly before: CounterBook;
  readonly next: CounterBook;
  /** Called before the wait for `moment`. */
  onReady(now: number): void;
}

/**
 * Stores the counters, waits for the disk within limits, and sends the message at its time. Restores the former counters
 * if the message was not sent.
 */
async function deliver(
  parts: BeatParts,
  { settings, controller, address, datagram, moment, before, next, onReady }: Delivery,
): Promise<'sent' | 'failed' | 'closing'> {
  const { store, closing } = parts;
  const saving = address && store.save(next);
  if (saving !== undefined) await atMost(saving, writeDeadline(settings));
  const now = performance.now();
  onReady(now);
  if (now < moment) await parts.waitUntil(moment);
  const isClosing = closing.aborted;
  if (!isClosing && (await send(parts, controller, address, datagram))) return 'sent';
  void store.save(before);
  return isClosing ? 'closing' : 'failed';
}

const chosenVersion = (settings: HeartbeatSettings, observed: Observations): HeartbeatVersion =>
  settings.version === 'auto' ? (observed.version ?? 3) : settings.version === '1' ? 1 : 3;

function reportSize(problems: ProblemLog, { parts, unnamed }: PackedHeartbeat): void {
  if (unnamed > 0) {
    const advice =
      'the heartbeat is longer than a datagram can be, even in turns: members that are left out are shown as OFFLINE';
    problems.report('heartbeat size', advice, { parts, unnamed });
  } else if (parts > 1) {
    const advice =
      'the heartbeat is longer than a datagram can be: unmonitored members and traffic are reported in turn';
    problems.report('heartbeat size', advice, { parts });
  } else {
    problems.clear('heartbeat size');
  }
}

/** Sends a message. If its controller can't be reached, only this message is lost. */
async function send(
  { sender, problems, remember }: BeatParts,
  { host, port }: Controller,
  address: Awaited<ReturnType<Resolver['resolve']>>,
  datagram: Buffer,
): Promise<boolean> {
  const subject = `controller ${host}:${port}`;
  const keep = (error?: string): void =>
    remember({ at: Date.now(), bytes: datagram.length, destination: `${host}:${port}`, error });
  if (address === undefined) {
    keep('the name of the controller has no address');
    problems.report(
      subject,
      'the name of the controller has no address: its heartbeats are lost; see controller_ip_port_list and DNS',
    );
    return false;
  }
  try {
    await sender.send(datagram, address, port);
    problems.clear(subject);
    keep();
    return true;
  } catch (error) {
    const advice =
      datagram.length > LARGEST_DATAGRAM
        ? 'the heartbeat is longer than a datagram can be and never arrives: this amphora has too many listeners'
        : 'sending failed: a heartbeat for the controller is lost; see the route to the controller';
    problems.report(subject, advice, { reason: reasonOf(error), bytes: datagram.length });
    keep(reasonOf(error));
    return false;
  }
}
