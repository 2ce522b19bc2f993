import { setTimeout as delay } from 'node:timers/promises';
import type { HaproxyId } from '../../domain/ids.ts';
import { type Drain, withDrain } from '../../domain/run-time/drain-record.ts';
import { drainStep } from '../../domain/run-time/drain-step.ts';
import type { MemberServer } from '../../domain/run-time/member-servers.ts';
import { setServer } from '../../domain/run-time/worker-commands.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { forgetDrains, readDrainRecord, writeDrainRecord } from './drain-record.ts';
import { changeWorker, openSessions, serversOf } from './drained-member.ts';
import { askWorkerState, type WorkerState } from './worker.ts';

export type DrainContext = Pick<OperationContext, 'paths' | 'host' | 'logger' | 'queue' | 'watchedDrains'>;

const POLL_MS = 1_000;

/**
 * Watches the drains of a load balancer until the last one has ended. It holds the queue only while it looks and acts. Does
 * nothing when the drains are watched already. Never throws.
 */
export async function watchDrains(context: DrainContext, id: HaproxyId): Promise<void> {
  const { watchedDrains, logger } = context;
  if (watchedDrains.has(id)) return;
  watchedDrains.add(id);
  let logged = '';
  for (;;) {
    await delay(POLL_MS, undefined, { ref: false });
    try {
      if (!(await advanceInQueue(context, id))) return;
      logged = '';
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== logged)
        logger.warn({ loadBalancer: id, reason }, 'drain of members not checked: next attempt follows');
      logged = reason;
    }
  }
}

/** @returns whether the watch goes on */
const advanceInQueue = (context: DrainContext, id: HaproxyId): Promise<boolean> =>
  context.queue.run(id, async () => {
    const isLeft = await advanceDrains(context, id);
    // removed inside the queue, so that the next drain begins a new watch
    if (!isLeft) context.watchedDrains.delete(id);
    return isLeft;
  });

/** Takes the next step of each drain. @returns whether one has not ended */
async function advanceDrains(context: DrainContext, id: HaproxyId): Promise<boolean> {
  const record = await readDrainRecord(context, id);
  if (record === undefined) return false;
  const worker = await askWorkerState(context, id);
  if (worker === undefined) return record.drains.some(({ isDrained }) => !isDrained);
  if (worker.pid !== record.worker) {
    await forgetDrains(context, id);
    logOverruled(context, id, record.drains.map(({ member }) => member).join(' '));
    return false;
  }
  let left = record;
  for (const drain of record.drains) {
    const next = await advance(context, id, worker, drain);
    if (next === drain) continue;
    left = withDrain(left, worker.pid, drain.member, next);
    await writeDrainRecord(context, id, left);
  }
  return left.drains.some(({ isDrained }) => !isDrained);
}

/** @returns the drain after its next step, the same object when nothing was done; undefined when it was overruled */
async function advance(
  context: DrainContext,
  id: HaproxyId,
  worker: WorkerState,
  drain: Drain,
): Promise<Drain | undefined> {
  const { member, backends } = drain;
  const servers = (await serversOf(context, id, worker, member)).filter(({ backend }) =>
    backends.includes(backend),
  );
  const sessions = drain.isDrained ? 0 : await openSessions(context, id, servers);
  switch (drainStep(drain, servers, sessions, Date.now())) {
    case 'wait':
      return drain;
    case 'end':
      return endDrain(context, id, drain, sessions);
    case 'forget':
      await bringBack(context, id, servers);
      logOverruled(context, id, member);
      return undefined;
  }
}

async function endDrain(
  context: DrainContext,
  id: HaproxyId,
  drain: Drain,
  sessions: number,
): Promise<Drain> {
  const { member, backends, cut } = drain;
  await changeWorker(context, id, [
    ...backends.map((backend) => setServer({ backend, server: member }, 'state maint')),
    ...(cut ? shutdownCommands(drain) : []),
  ]);
  context.logger.info({ loadBalancer: id, member, sessions, cut: cut && sessions > 0 }, 'member drained');
  return { ...drain, isDrained: true };
}

export const shutdownCommands = ({ member, backends }: Drain): string[] =>
  backends.map((backend) => `shutdown sessions server ${backend}/${member}`);

/** Ends the drain of the servers that are still drained, for example because a killed agent drained only some of them. */
const bringBack = (context: DrainContext, id: HaproxyId, servers: readonly MemberServer[]): Promise<void> =>
  changeWorker(
    context,
    id,
    servers.filter(({ state }) => state === 'drain').map((server) => setServer(server, 'state ready')),
  );

const logOverruled = ({ logger }: DrainContext, id: HaproxyId, members: string): void =>
  logger.info({ loadBalancer: id, members }, 'drain of members given up: their state was changed');
