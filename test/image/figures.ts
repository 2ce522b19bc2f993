import { expect } from 'vitest';
import type { AmphoraMachine, ImageLab } from './amphora-machines.ts';

export const BOOT_MS = 240_000;

/** This group also measures: figures are printed, and never asserted. */
export function report(what: string, figure: number, unit: string): void {
  process.stdout.write(`figure: ${what}: ${figure.toFixed(1)} ${unit}\n`);
}

/** Returns the status of an answer over mutual TLS, or 0 without an answer. */
export const answersInfo = async ({ controller }: AmphoraMachine): Promise<number> =>
  (await controller.request({ method: 'GET', path: '/1.0/info' }).catch(() => ({ status: 0 }))).status;

/** Waits until a machine that was just started sends heartbeats and answers. @returns the time that it took */
export async function bootedBy(
  world: Pick<ImageLab, 'healthManager'>,
  amphora: AmphoraMachine,
  what = 'boot',
): Promise<void> {
  const { healthManager } = world;
  const before = healthManager.heartbeats.findLast(({ message }) => message.id === amphora.id);
  const isNew = ({ id, seq }: { id: string; seq: number }): boolean =>
    id === amphora.id && seq < (before?.message.seq ?? Number.POSITIVE_INFINITY);
  // the first heartbeat may be lost: it is sent with and without a network
  const { receivedAt } = await healthManager.next(isNew, BOOT_MS);
  await expect.poll(() => answersInfo(amphora), { timeout: BOOT_MS, interval: 50 }).toBe(200);
  report(`${what} to first heartbeat`, (receivedAt - amphora.startedAt()) / 1000, 's');
  report(`${what} to first mTLS answer`, (Date.now() - amphora.startedAt()) / 1000, 's');
}
