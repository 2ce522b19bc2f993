import { inflateSync } from 'node:zlib';
import { pino } from 'pino';
import { z } from 'zod';
import { type CounterBook, EMPTY_BOOK } from '../../../src/domain/heartbeat/counters.ts';
import type { RecentHeartbeat } from '../../../src/domain/recent-events.ts';
import { type BeatParts, createBeat } from '../../../src/heartbeat/beat.ts';
import { createBeatMemory, createSequence } from '../../../src/heartbeat/beat-memory.ts';
import { createProblemLog } from '../../../src/heartbeat/problem-log.ts';
import type { HeartbeatSettings } from '../../../src/heartbeat/settings.ts';
import type { Observations } from '../../../src/heartbeat/sources/collect.ts';
import { reportOf } from './heartbeat-reports.ts';

export const SETTINGS: HeartbeatSettings = {
  amphoraId: 'A',
  haproxyCmd: '/usr/sbin/haproxy',
  controllers: [
    { host: 'one', port: 1 },
    { host: 'two', port: 2 },
    { host: 'three', port: 3 },
  ],
  intervalMs: 1000,
  key: 'key',
  version: 'auto',
  pathOptions: { basePath: '/b', baseCertDir: '/b/certs', agentServerNetworkDir: '/i' },
  debug: false,
};

const Message = z.object({
  seq: z.number(),
  ver: z.number(),
  listeners: z.record(
    z.string(),
    z.object({ status: z.string(), stats: z.object({ rx: z.number() }).loose() }),
  ),
});

/** The surroundings of a heartbeat, parts of which a test may change between heartbeats. */
export function beatWorld() {
  const log: { subject: string; msg: string; level: number }[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const closing = new AbortController();
  const state = {
    settings: SETTINGS,
    keepalivedIsDown: false,
    bin: 10,
    countersAreKnown: true,
    version: undefined as Observations['version'],
    members: 0,
    unresolvable: new Set<string>(),
    unreachable: new Set<string>(),
    waits: [] as { moment: number; end: () => void }[],
    isWaiting: false,
    sent: [] as { to: string; message: z.infer<typeof Message> }[],
    saved: [] as CounterBook[],
    remembered: [] as RecentHeartbeat[],
    write: async (): Promise<void> => undefined,
    loads: 0,
  };
  const parts: BeatParts = {
    settings: () => state.settings,
    keepalivedIsDown: async () => state.keepalivedIsDown,
    nextSequence: createSequence(createBeatMemory()),
    sources: [
      {
        observe: async () => ({
          listeners: [
            {
              id: 'L',
              status: 'OPEN',
              connections: 0,
              counters: state.countersAreKnown ? { bin: state.bin, bout: 0, ereq: 0, stot: 0 } : undefined,
            },
          ],
          pools: reportOf(0, { listeners: 1, members: state.members }, () => 'no check').pools,
          stopped: ['S'],
          configured: new Set(['L', 'S']),
          version: state.version,
        }),
      },
    ],
    store: {
      async load() {
        state.loads += 1;
        return EMPTY_BOOK;
      },
      save(book) {
        state.saved.push(book);
        return state.write();
      },
      settled: async () => undefined,
    },
    resolver: {
      resolve: async (host) =>
        state.unresolvable.has(host) ? undefined : { address: host, family: 4 as const },
    },
    sender: {
      async send(datagram, { address }) {
        if (state.unreachable.has(address)) throw new Error('ENETUNREACH');
        const message = Message.parse(JSON.parse(inflateSync(datagram.subarray(0, -64)).toString('utf8')));
        state.sent.push({ to: address, message });
      },
      close: () => undefined,
    },
    problems: createProblemLog(logger),
    logger,
    remember: (heartbeat) => void state.remembered.push(heartbeat),
    async waitUntil(moment) {
      const { promise, resolve } = Promise.withResolvers<void>();
      state.waits.push({ moment, end: resolve });
      if (state.isWaiting) await promise;
    },
    closing: closing.signal,
  };
  const beat = createBeat(parts);
  return { beat: (due = 0) => beat(due), state, log, closing };
}

/** Returns for each sent message its receiver, its number and the bytes that the listener L received. */
export const received = (state: ReturnType<typeof beatWorld>['state']) =>
  state.sent.map(({ to, message }) => [to, message.seq, message.listeners['L']?.stats.rx]);
