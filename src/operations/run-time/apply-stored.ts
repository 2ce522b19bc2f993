import { isOrdered } from '../../domain/haproxy/haproxy-orders.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { memberChanges } from '../../domain/run-time/member-changes.ts';
import type { ReloadReason } from '../../domain/run-time/other-lines.ts';
import type { RunTimeRecord } from '../../domain/run-time/run-time-record.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { reasonOf, SocketSilent, WriteFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { keepStoredConfig, keptConfigs, runningText } from '../haproxy/history.ts';
import { logNotOrdered, runStored } from '../haproxy/last-good.ts';
import { readHaproxyOrders } from '../haproxy/orders.ts';
import { reloadHaproxy } from '../haproxy/reload.ts';
import { StoredConfigFailed } from '../haproxy/stored-config-failed.ts';
import { type CertificateChanges, certificateChanges } from './certificates.ts';
import { ChangeFailed } from './change-failed.ts';
import { changeMembers, type PossibleChanges } from './members.ts';
import { readRunTimeRecord, writeRunTimeRecord } from './record.ts';
import type { AvoidedKind, ReloadOutcome } from './reload-counts.ts';
import { askWorkerState, type WorkerState } from './worker.ts';

type ApplyContext = Pick<
  OperationContext,
  'config' | 'paths' | 'host' | 'logger' | 'reloads' | 'checkedTexts' | 'sentCertificates'
>;

/** The result of an attempt without a reload. */
type Attempt =
  | { readonly kind: 'avoided'; readonly by: AvoidedKind; readonly changed: number }
  | { readonly kind: 'reload'; readonly reason: ReloadReason; readonly detail: string };

/**
 * Makes a running haproxy run its stored configuration: without a reload when only members or certificates differ from the
 * running configuration (docs/reloads.md), otherwise by a reload.
 * @throws StoredConfigFailed, ServiceSilent as runStored() does
 */
export async function applyStored(context: ApplyContext, id: HaproxyId): Promise<void> {
  const { logger, reloads } = context;
  const attempt = await attemptAtRunTime(context, id);
  if (attempt.kind === 'avoided') {
    reloads.avoid(id, attempt.by);
    const { avoided } = reloads.status();
    logger.info(
      { loadBalancer: id, by: attempt.by, changed: attempt.changed, avoided },
      'reload of haproxy avoided',
    );
    return;
  }
  const { reason, detail } = attempt;
  reloads.need(reason);
  const { needed } = reloads.status();
  logger.info({ loadBalancer: id, reason, detail, needed }, 'reload of haproxy needed');
  const began = performance.now();
  const end = (outcome: ReloadOutcome): void =>
    reloads.end({
      loadBalancer: id,
      ...outcome,
      seconds: (performance.now() - began) / 1000,
      reason,
      detail,
    });
  try {
    await runStored(context, id, () => reloadHaproxy(context, id));
    end({ result: 'done' });
  } catch (error) {
    const rollback = error instanceof StoredConfigFailed ? error.rollback : 'not rolled back';
    end({ result: 'failed', rollback });
    throw error;
  }
}

const needsReload = (reason: ReloadReason, detail: string): Attempt => ({ kind: 'reload', reason, detail });

async function attemptAtRunTime(context: ApplyContext, id: HaproxyId): Promise<Attempt> {
  if (context.config().runtimeChanges === 'off') return needsReload('switched off', 'runtime_changes is off');
  const [running, wanted] = [await runningText(context, id), await storedText(context, id)];
  if (running === undefined || wanted === undefined)
    return needsReload('unknown state', 'the running configuration is unknown');
  const worker = await askWorkerState(context, id);
  if (worker === undefined)
    return needsReload('unknown state', 'no worker answers over the socket of the master');
  const record = await recordOf(context, id, worker);
  if (record.isUnfinished) return needsReload('unknown state', 'an earlier change did not end');
  const members = memberChanges({ ...worker, text: running, removed: record.absent }, wanted);
  if (members.kind === 'reload') return members;
  const certificates = await certificateChanges(context, { id, wanted, version: worker.version });
  if (certificates.kind === 'reload') return needsReload('certificates', certificates.detail);
  return change(context, id, { worker, running, wanted, record, members, certificates });
}

/** The decided changes of one haproxy. */
interface Decided {
  readonly worker: WorkerState;
  /** texts of the configuration that runs, and of the stored one */
  readonly running: string;
  readonly wanted: string;
  readonly record: RunTimeRecord;
  readonly members: PossibleChanges;
  readonly certificates: Exclude<CertificateChanges, { readonly kind: 'reload' }>;
}

/** Failures of a change that a reload mends. On a full disk nothing was changed before the first write failed. */
const FAILURES = [ChangeFailed, SocketSilent, WriteFailed];

async function change(context: ApplyContext, id: HaproxyId, decided: Decided): Promise<Attempt> {
  const { worker, wanted, members, certificates } = decided;
  const files = certificates.kind === 'changes' ? certificates.count : 0;
  const putInForce = (): Promise<void> => keepStoredConfig(context, id);
  const record = withApplied(decided);
  if (members.count === 0 && files === 0) {
    if (record !== decided.record) await writeRunTimeRecord(context, id, record);
    await putInForce();
    return { kind: 'avoided', by: 'identical', changed: 0 };
  }
  try {
    await changeMembers(context, id, members, {
      ...{ worker, wanted, record, putInForce },
      certificates: () => (certificates.kind === 'changes' ? certificates.apply() : Promise.resolve()),
    });
  } catch (error) {
    if (!FAILURES.some((kind) => error instanceof kind)) throw error;
    return needsReload('command failed', reasonOf(error));
  }
  return { kind: 'avoided', by: kindOf(members.count, files), changed: members.count + files };
}

function kindOf(members: number, files: number): AvoidedKind {
  if (files === 0) return 'members';
  return members === 0 ? 'certificates' : 'members and certificates';
}

/** Returns the record with the wanted configuration among the applied ones, unless that is the running one already. */
function withApplied({ record, running, wanted }: Decided): RunTimeRecord {
  if (running === wanted) return record;
  const md5 = md5Hex(Buffer.from(wanted, 'latin1'));
  return { ...record, applied: [...record.applied.filter((earlier) => earlier !== md5), md5] };
}

/** Returns the record of this worker. The record of another worker keeps only its list of configurations. */
async function recordOf(context: ApplyContext, id: HaproxyId, worker: WorkerState): Promise<RunTimeRecord> {
  const record = await readRunTimeRecord(context, id);
  const kept = new Set((await keptConfigs(context, id)).map(({ md5 }) => md5));
  const applied = record?.applied.filter((md5) => kept.has(md5)) ?? [];
  const isOfWorker = record?.worker === worker.pid;
  return {
    worker: worker.pid,
    isUnfinished: isOfWorker && record.isUnfinished,
    absent: isOfWorker ? record.absent : [],
    applied,
  };
}

const storedText = async ({ paths, host }: ApplyContext, id: HaproxyId): Promise<string | undefined> =>
  (await host.files.read(paths.loadBalancer(id).config))?.toString('latin1');

/**
 * Reloads a haproxy in whose worker a killed agent left half a change. A worker that was started later runs the stored
 * configuration. Does nothing when nobody has ordered haproxy to run what is stored now: a failed change may be older than it.
 * @returns whether haproxy was reloaded
 */
export async function finishInterruptedChange(context: ApplyContext, id: HaproxyId): Promise<boolean> {
  const record = await readRunTimeRecord(context, id);
  if (record?.isUnfinished !== true) return false;
  const worker = await askWorkerState(context, id);
  if (worker?.pid !== record.worker) return false;
  if (!(await mayRun(context, id))) {
    logNotOrdered(context, id);
    return false;
  }
  context.logger.warn(
    { loadBalancer: id, service: haproxyService(id) },
    'a killed agent left an unfinished change in haproxy: haproxy is reloaded',
  );
  await runStored(context, id, () => reloadHaproxy(context, id));
  return true;
}

/** Whether the stored configuration ran last, or haproxy was ordered to run it. */
async function mayRun(context: ApplyContext, id: HaproxyId): Promise<boolean> {
  const stored = await context.host.files.read(context.paths.loadBalancer(id).config);
  if (stored === undefined) return false;
  const md5 = md5Hex(stored);
  return (
    (await keptConfigs(context, id))[0]?.md5 === md5 || isOrdered(md5, await readHaproxyOrders(context, id))
  );
}
