/**
 * A process that asks an agent for `GET /` on a kept connection, again and again: the answer needs nothing but its event loop,
 * whose delays so show from outside. Argument: where, as JSON. Tells each time that it took, in ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createController } from '../../../sandbox/controller/controller.ts';
import { probeTarget } from './probe-target.ts';

const PAUSE_MS = 200;

const { target, pki } = probeTarget.parse(JSON.parse(process.argv[2] ?? ''));
process.on('disconnect', () => process.exit());
const controller = await createController(target, pki);
for (;;) {
  const began = performance.now();
  // a missing answer is reported as the time that was waited for it
  await controller.request({ method: 'GET', path: '/' }).catch(() => undefined);
  process.send?.(performance.now() - began);
  await delay(PAUSE_MS);
}
