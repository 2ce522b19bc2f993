/**
 * A process that keeps pages open, as browsers do: `node page-readers.ts ORDERS`, with JSON as below. Ends with its parent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createController } from '../../../sandbox/controller/controller.ts';
import { pageOrders } from './page-orders.ts';

const { target, pki, pages, everyMs } = pageOrders.parse(JSON.parse(process.argv[2] ?? ''));
const counts: Record<string, number> = {};
process.once('disconnect', () => process.exit());

/** Reloads one page for ever, from a moment of its own. */
async function keepOpen(index: number): Promise<void> {
  const browser = await createController(target, pki);
  await delay((index * everyMs) / pages);
  for (;;) {
    const next = delay(everyMs);
    const answer = await browser
      .request({ method: 'GET', path: '/status', headers: { Accept: 'text/html' } })
      .then(({ status }) => `${status}`)
      .catch((error: unknown) => String(error));
    counts[answer] = (counts[answer] ?? 0) + 1;
    // the parent may just have closed the channel
    process.send?.(counts, undefined, undefined, () => undefined);
    await next;
  }
}

await Promise.all(Array.from({ length: pages }, (_, index) => keepOpen(index)));
