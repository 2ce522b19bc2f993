import type { HaproxyId } from '../../domain/ids.ts';
import { batches } from '../../domain/run-time/batches.ts';
import { type Command, type MemberChanges, memberChanges } from '../../domain/run-time/member-changes.ts';
import type { RunTimeRecord } from '../../domain/run-time/run-time-record.ts';
import type { OperationContext } from '../context.ts';
import { ChangeFailed } from './change-failed.ts';
import { writeRunTimeRecord } from './record.ts';
import { askWorkerState, type WorkerState } from './worker.ts';
import { sendToWorker } from './worker-answers.ts';

type MemberContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

/** Changes of members that a running worker can take. */
export type PossibleChanges = Extract<MemberChanges, { readonly kind: 'changes' }>;

/** The steps of a change besides the commands. */
export interface ChangeSteps {
  readonly worker: WorkerState;
  /** text of the configuration that the worker is to run */
  readonly wanted: string;
  readonly record: RunTimeRecord;
  /** Gives the worker its certificates, before a member needs one. */
  readonly certificates: () => Promise<void>;
  /** Makes the wanted configuration the one that runs. Reports leave out removed members from then on. */
  readonly putInForce: () => Promise<void>;
}

/**
 * Changes the members of a running worker and verifies the result. The record is marked as unfinished meanwhile, so that an
 * agent that starts after a kill does a reload.
 * @throws ChangeFailed for an unexpected answer or result, SocketSilent without an answer
 */
export async function changeMembers(
  context: MemberContext,
  id: HaproxyId,
  possible: PossibleChanges,
  { worker, wanted, record, certificates, putInForce }: ChangeSteps,
): Promise<void> {
  const write = (changed: Pick<RunTimeRecord, 'absent' | 'added' | 'isUnfinished'>): Promise<void> =>
    writeRunTimeRecord(context, id, { ...record, ...changed });
  const added = possible.added.map(({ backend, server }) => ({ backend, server }));
  await write({ absent: [...record.absent, ...possible.added], added: [], isUnfinished: true });
  await certificates();
  await send(context, id, possible.changes);
  await putInForce();
  await write({ absent: possible.removed, added, isUnfinished: true });
  await send(context, id, possible.removals);
  await verify(context, id, worker, { wanted, removed: possible.removed });
  await write({ absent: possible.removed, added, isUnfinished: false });
}

async function send(context: MemberContext, id: HaproxyId, commands: readonly Command[]): Promise<void> {
  for (const batch of batches(commands)) {
    const { answers, text } = await sendToWorker(
      context,
      id,
      batch.map((command) => command.text),
    );
    const failed = batch.findIndex((command, index) => answers?.[index] !== command.answer);
    if (answers === undefined || failed >= 0)
      throw new ChangeFailed(
        `haproxy answered ${JSON.stringify(answers?.[failed] ?? text)} to ${batch[failed]?.text}`,
      );
  }
}

/** Reads the worker's servers again: the wanted configuration must need no further change. */
async function verify(
  context: MemberContext,
  id: HaproxyId,
  before: WorkerState,
  { wanted, removed }: Pick<PossibleChanges, 'removed'> & { readonly wanted: string },
): Promise<void> {
  const worker = await askWorkerState(context, id);
  if (worker?.pid !== before.pid) throw new ChangeFailed('another worker serves');
  const left = memberChanges({ ...worker, text: wanted, removed }, wanted);
  if (left.kind === 'reload') throw new ChangeFailed(left.detail);
  const [first] = [...left.changes, ...left.removals];
  if (first !== undefined) throw new ChangeFailed(`haproxy still needs ${first.text}`);
}
