import { setTimeout as delay } from 'node:timers/promises';
import { type Measurement, timesOf } from './measurement.ts';
import { keptMemoryMiB, memoryMiB } from './process-costs.ts';
import { timedRequests } from './timed-requests.ts';

const SETTLE_MS = 3000;
const POLL_MS = 3;
const REQUESTS = 12;
const RATE_MS = 3000;
const RATE_CONNECTIONS = 8;

export const start: Measurement = {
  rows: ['start', 'memory', 'memory-kept'],
  async measure(contestant) {
    const { amphora, world, pids } = contestant;
    await amphora.stopAgent();
    const requests = await timedRequests(amphora, world.pki);
    const began = performance.now();
    const started = contestant.start();
    while (!(await requests.onNewConnection('/').then(Boolean, () => false))) await delay(POLL_MS);
    const answered = performance.now() - began;
    await started;
    await delay(SETTLE_MS);
    const all = await pids();
    return { start: answered, memory: await memoryMiB(all), 'memory-kept': await keptMemoryMiB(all) };
  },
};

export const unpaged: Measurement = {
  rows: ['memory-unpaged', 'memory-kept-unpaged'],
  async measure({ amphora, start: startAgain, pids }) {
    await amphora.stopAgent();
    await startAgain(false);
    await delay(SETTLE_MS);
    const all = await pids();
    return { 'memory-unpaged': await memoryMiB(all), 'memory-kept-unpaged': await keptMemoryMiB(all) };
  },
};

export const answers: Measurement = {
  rows: ['info-new', 'info-kept', 'details-new', 'details-kept'],
  async measure({ amphora, world }) {
    const requests = await timedRequests(amphora, world.pki);
    const kept = requests.keptConnection();
    await kept.get('/');
    const figures = {
      'info-new': await timesOf(REQUESTS, () => requests.onNewConnection('/1.0/info')),
      'info-kept': await timesOf(REQUESTS, () => kept.get('/1.0/info')),
      'details-new': await timesOf(REQUESTS, () => requests.onNewConnection('/1.0/details')),
      'details-kept': await timesOf(REQUESTS, () => kept.get('/1.0/details')),
    };
    kept.close();
    return figures;
  },
};

export const rate: Measurement = {
  rows: ['rate'],
  async measure({ amphora, world }) {
    const requests = await timedRequests(amphora, world.pki);
    const connections = Array.from({ length: RATE_CONNECTIONS }, () => requests.keptConnection());
    await Promise.all(connections.map((connection) => connection.get('/')));
    const began = performance.now();
    let answered = 0;
    const askOn = async (connection: (typeof connections)[number]): Promise<void> => {
      while (performance.now() - began < RATE_MS) {
        await connection.get('/1.0/info');
        answered += 1;
      }
    };
    await Promise.all(connections.map(askOn));
    const seconds = (performance.now() - began) / 1000;
    for (const connection of connections) connection.close();
    return { rate: answered / seconds };
  },
};
