import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Contestant } from '../compare/contestants.ts';

const ANSWER_MS = 2000;
const POLL_MS = 5;
const SERVING_MS = 30_000;

/** Sends one command to the statistics socket of the contestant's load balancer. @returns '' where nothing answers */
export async function askHaproxy({ amphora, balancer }: Contestant, command: string): Promise<string> {
  const socket = createConnection(amphora.box.file(`/var/lib/octavia/${balancer.id}.sock`));
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.write(`${command}\n`);
  // a reload replaces the socket
  return text(socket).catch(() => '');
}

/** Returns the process id of the worker that serves, as haproxy knows it; undefined where nothing answers. */
export async function workerPid(contestant: Contestant): Promise<number | undefined> {
  const pid = /^Pid: (\d+)$/m.exec(await askHaproxy(contestant, 'show info'))?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Counts the workers that serve one after the other. */
export interface WorkerCount {
  /** Looks which worker serves now. */
  look(): Promise<void>;
  /** the workers that followed the first one, as far as looks saw them */
  reloads(): number;
}

export async function countWorkers(contestant: Contestant): Promise<WorkerCount> {
  let last: number | undefined;
  let seen = 0;
  const look = async (): Promise<void> => {
    const pid = await workerPid(contestant);
    if (pid === undefined || pid === last) return;
    last = pid;
    seen += 1;
  };
  await look();
  return { look, reloads: () => seen - 1 };
}

/** Waits until a condition holds, for which it looks every 5 ms. @throws Error after 30 s */
export async function whenServing(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + SERVING_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not in force within ${SERVING_MS / 1000} s`);
    await delay(POLL_MS);
  }
}
