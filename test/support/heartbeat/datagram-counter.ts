import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Counts datagrams in a thread of its own, also while the calling thread is blocked. */
export interface DatagramCounter {
  readonly address: { readonly host: string; readonly port: number };
  /** Blocks this thread until so many have arrived. @returns false if they have not after this time (ms) */
  waitFor(count: number, limitMs: number): boolean;
  close(): Promise<void>;
}

const COUNTER = `
const { workerData, parentPort } = require('node:worker_threads');
const count = new Int32Array(workerData);
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', () => { Atomics.add(count, 0, 1); Atomics.notify(count, 0); });
socket.bind(0, '127.0.0.1', () => parentPort.postMessage(socket.address().port));
`;

export async function countInThread(): Promise<DatagramCounter> {
  const memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counted = new Int32Array(memory);
  const worker = new Worker(COUNTER, { eval: true, workerData: memory });
  const [port] = await once(worker, 'message');
  return {
    address: { host: '127.0.0.1', port },
    waitFor(count, limitMs) {
      const end = performance.now() + limitMs;
      for (let seen = Atomics.load(counted, 0); seen < count; seen = Atomics.load(counted, 0)) {
        const left = end - performance.now();
        if (left <= 0 || Atomics.wait(counted, 0, seen, left) === 'timed-out') return false;
      }
      return true;
    },
    async close() {
      await worker.terminate();
    },
  };
}
