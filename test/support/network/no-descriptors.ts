import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createNetworkEvents } from '../../../src/host/network/network-events.ts';

/** This program takes all its file descriptors, begins the reports of the network, and prints what they say. */
const events = createNetworkEvents();
const taken: number[] = [];
const A_MOMENT_MS = 50;

function takeAll(): void {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // none is left
  }
}

takeAll();
const first = await events.renew();
await delay(A_MOMENT_MS);
for (const descriptor of taken) closeSync(descriptor);
const second = await events.renew();
events.end();
process.stdout.write(`${JSON.stringify({ first, second })}\n`);
