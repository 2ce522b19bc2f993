import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { z } from 'zod';
import type { LabHost } from '../../../sandbox/lab/lab.ts';
import { startOwnProcess } from '../load/loaded-amphora.ts';
import { LOAD_NICE } from '../load/niceness.ts';
import type { ClientOrders } from './client/orders.ts';
import { FIRST_PORT } from './member-walk.ts';

const MEMBERS = path.join(import.meta.dirname, 'member-servers.ts');
const CLIENTS = path.join(import.meta.dirname, 'client/main.ts');
const readCounts = z.record(z.string(), z.number());

/** Starts members on ports of one host of the lab. Returns when they serve. */
export async function startMemberServers(host: LabHost, ports: number): Promise<{ stop(): Promise<void> }> {
  const program = [process.execPath, MEMBERS, host.address, `${FIRST_PORT}`, `${ports}`];
  const nice = ['nice', '-n', `${LOAD_NICE}`];
  const servers = spawn('ip', ['netns', 'exec', host.name, ...nice, ...program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await nextMessage(servers);
  return { stop: () => ended(servers) };
}

/** Clients in a process of their own. */
export interface Clients {
  /** Waits for what has an end. @returns what they counted */
  finish(): Promise<(name: string) => number>;
}

/** Returns when all their connections are open. */
export async function startClients(orders: ClientOrders): Promise<Clients> {
  const clients = startOwnProcess(CLIENTS, [JSON.stringify(orders)], LOAD_NICE);
  await nextMessage(clients);
  return {
    async finish() {
      const answer = nextMessage(clients);
      clients.send('finish');
      const counts = readCounts.parse(await answer);
      return (name) => counts[name] ?? 0;
    },
  };
}

/** @throws Error if the process ends before it */
function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a process of the benchmark ended with ${code}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.disconnect();
  await exit;
}
