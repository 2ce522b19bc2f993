/**
 * A process that loads an agent as many controllers at once would: each request in flight has a TLS connection of its
 * own. Argument: the orders as JSON. Reports once a second; ends when its channel is closed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type ControllerRequest, createController } from '../../../sandbox/controller/controller.ts';
import { type LoadReport, loadOrders } from './controller-load-orders.ts';

const REPORT_MS = 1000;
/** a controller that couldn't connect asks again after this */
const PAUSE_MS = 50;

const { target, pki, reads, concurrent, writes } = loadOrders.parse(JSON.parse(process.argv[2] ?? ''));
const report: LoadReport = { answered: {}, failed: {}, slowestMs: 0 };

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Sends the requests in turn on one connection, for ever. */
async function askForEver(requests: readonly ControllerRequest[], offset: number): Promise<void> {
  const controller = await createController(target, pki);
  for (let turn = offset; ; turn += 1) {
    const asked = requests[turn % requests.length];
    if (asked === undefined) return;
    const began = performance.now();
    try {
      const { status } = await controller.request(asked);
      count(report.answered, `${status}`);
      report.slowestMs = Math.max(report.slowestMs, performance.now() - began);
    } catch (error) {
      count(report.failed, error instanceof Error ? error.message : `${error}`);
      await delay(PAUSE_MS);
    }
  }
}

for (let index = 0; index < concurrent; index += 1) void askForEver(reads, index);
for (const sequence of writes) void askForEver(sequence, 0);
setInterval(() => process.send?.(report), REPORT_MS);
process.on('disconnect', () => process.exit());
