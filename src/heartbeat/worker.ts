import { setTimeout as delay } from 'node:timers/promises';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Paths } from '../domain/paths.ts';
import { createRecentHeartbeats, type RecentHeartbeat, type Ring } from '../domain/recent-events.ts';
import type { CommandRunner } from '../host/command.ts';
import { createIpvs } from '../host/keepalived/ipvs.ts';
import { giveBackMemory } from '../host/memory.ts';
import { createUnpooledFiles, quickFingerprint } from '../host/unpooled-files.ts';
import { createBeat } from './beat.ts';
import { createBeatClock, createBeatTally, createSequence } from './beat-memory.ts';
import { createCounterStore } from './counter-store.ts';
import { createHeartbeatHost, type HeartbeatHost } from './heartbeat-host.ts';
import { createRelayLogger } from './log-relay.ts';
import { createProblemLog, type ProblemLog } from './problem-log.ts';
import { createResolver } from './sending/resolver.ts';
import { startSchedule } from './sending/schedule.ts';
import { createDatagramSender, type DatagramSender } from './sending/sender.ts';
import {
  type BeatOutcome,
  type FromWorker,
  type HeartbeatStart,
  idleLimit,
  settingsPaths,
  type ToWorker,
} from './settings.ts';
import { createHaproxySource } from './sources/haproxy-source.ts';
import { createLvsSource } from './sources/lvs-source.ts';
import { type SampledSource, withSamples } from './traffic-samples.ts';

/**
 * Runs the heartbeat thread until a message closes it. The thread has its own files, sockets and timer, so that no work of
 * the API can delay a beat.
 * @param start the thread's workerData, as `startHeartbeat` gave it
 */
export function runHeartbeatWorker(start: HeartbeatStart, port: MessagePort | null = parentPort): void {
  if (port === null) throw new Error('the heartbeat runs in a worker thread only');
  const post = (message: FromWorker): void => port.postMessage(message);
  const logger = createRelayLogger(levelOf(start.settings.debug), (line) => post({ kind: 'log', line }));
  const problems = createProblemLog(logger);
  const files = { ...createUnpooledFiles(), fingerprint: quickFingerprint };
  const host = createHeartbeatHost(files, () => idleLimit(settings));
  const paths = settingsPaths(start.settings);
  const store = createCounterStore(files, paths.countersFile, problems);
  const sender = createDatagramSender();
  const recent = createRecentHeartbeats();
  const closing = new AbortController();
  let settings = start.settings;
  const sources = createSources(paths, settings.haproxyCmd, host, problems);

  const beat = createBeat({
    settings: () => settings,
    keepalivedIsDown: () => keepalivedIsDown(host, paths, problems),
    nextSequence: createSequence(start.memory),
    sources,
    store,
    resolver: createResolver(),
    sender,
    problems,
    logger,
    remember: recent.add,
    waitUntil: (moment) => delay(moment - performance.now()),
    closing: closing.signal,
  });
  const record = createOutcomeRecord(start.memory, recent);
  const schedule = startSchedule(
    settings.intervalMs,
    recordedBeat(beat, record, logger),
    host.connections.giveUp,
  );

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'settings') {
      settings = message.settings;
      logger.level = levelOf(settings.debug);
      schedule.retime(settings.intervalMs);
    } else if (message.kind === 'leave workers') host.connections.keepOnly([]);
    else if (message.kind === 'recent') post({ kind: 'recent', heartbeats: recent.entries() });
    else if (message.kind === 'traffic')
      post({ kind: 'traffic', histories: sources.map((source) => source.history()) });
    else {
      closing.abort();
      schedule.stop();
      host.connections.keepOnly([]);
      void store.settled().then(() => end(port, sender));
    }
  });
}

function end(port: MessagePort, sender: DatagramSender): void {
  sender.close();
  port.postMessage({ kind: 'closed' } satisfies FromWorker);
  port.close();
}

const createSources = (
  paths: Paths,
  haproxyCmd: string,
  host: HeartbeatHost,
  problems: ProblemLog,
): SampledSource[] =>
  [
    createHaproxySource(paths, haproxyCmd, host, problems),
    createLvsSource(paths, { ...host, ipvs: createIpvs(host.files, commandRunner) }, problems),
  ].map(withSamples);

/** Returns a function that counts the outcome of a beat, and keeps the reason of a beat without a message for reports. */
function createOutcomeRecord(memory: SharedArrayBuffer, recent: Ring<RecentHeartbeat>) {
  const lastBeat = createBeatClock(memory);
  const tally = createBeatTally(memory);
  return (outcome: BeatOutcome): void => {
    tally.count(outcome);
    if (outcome.kind !== 'broken') lastBeat.mark();
    if (outcome.kind !== 'silent') return;
    recent.add({ at: Date.now(), bytes: 0, destination: undefined, error: `not sent: ${outcome.reason}` });
  };
}

/** Loads the command runner for the first UDP or SCTP listener only, because a module takes memory in each thread. */
const commandRunner = async (): Promise<CommandRunner> =>
  (await import('../host/command.ts')).createCommandRunner();

const levelOf = (debug: boolean): string => (debug ? 'debug' : 'info');

/** Returns a beat that never rejects. The first one gives back the memory that it and the start of the thread needed. */
function recordedBeat(
  beat: (due: number) => Promise<BeatOutcome>,
  record: (outcome: BeatOutcome) => void,
  logger: Logger,
): (due: number) => Promise<void> {
  let isFirst = true;
  return async (due) => {
    record(await survive(() => beat(due), logger));
    if (isFirst) giveBackMemory();
    isFirst = false;
  };
}

/** Runs a beat and catches its error, so that further beats follow. */
async function survive(beat: () => Promise<BeatOutcome>, logger: Logger): Promise<BeatOutcome> {
  try {
    return await beat();
  } catch (error) {
    logger.error({ err: error }, 'unexpected error: this heartbeat was not sent');
    return { kind: 'broken' };
  }
}

async function keepalivedIsDown(host: HeartbeatHost, paths: Paths, problems: ProblemLog): Promise<boolean> {
  const isDown =
    (await host.files.exists(paths.vrrp.config)) &&
    (await host.processes.runningPid(paths.vrrp.pidFile, 'keepalived')) === undefined;
  if (isDown) {
    problems.report(
      'keepalived',
      'configured but not running: no heartbeats go out, so that the controller fails over',
    );
  } else {
    problems.clear('keepalived');
  }
  return isDown;
}
