import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createNetworkWatch } from '../../../src/host/network/network-watch.ts';

/** This program takes all its file descriptors, begins the reports of the network, and prints what they say. */
const watch = createNetworkWatch(() => 'sleep 60');
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
const first = watch.renew();
await delay(A_MOMENT_MS);
for (const descriptor of taken) closeSync(descriptor);
const second = watch.renew();
watch.end();
process.stdout.write(`${JSON.stringify({ first, second })}\n`);
