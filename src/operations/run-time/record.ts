import type { HaproxyId } from '../../domain/ids.ts';
import {
  parseRunTimeRecord,
  type RunTimeRecord,
  serialiseRunTimeRecord,
} from '../../domain/run-time/run-time-record.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { WriteFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

/** Every user may read it, as the stats socket may be asked by every user: the metrics proxy has a user of its own. */
const MODE = 0o644;

type RecordContext = Pick<OperationContext, 'paths' | 'host'>;

/** Returns what was changed in a worker without a reload; undefined when nothing was, or when the file is damaged. */
export const readRunTimeRecord = async (
  { paths, host }: RecordContext,
  id: HaproxyId,
): Promise<RunTimeRecord | undefined> =>
  parseRunTimeRecord(await host.files.readText(paths.loadBalancer(id).runTimeRecord));

export const writeRunTimeRecord = (
  { paths, host }: RecordContext,
  id: HaproxyId,
  record: RunTimeRecord,
): Promise<void> =>
  host.files.write(paths.loadBalancer(id).runTimeRecord, serialiseRunTimeRecord(record), { mode: MODE });

/** No process has this id. */
const NO_WORKER = 0;

/**
 * Empties the list of servers that reports leave out, because another worker runs now. The stored configuration, with which
 * that worker was started, is no longer among those that were applied without a reload.
 */
export async function forgetWorker(context: RecordContext, id: HaproxyId): Promise<void> {
  const record = await readRunTimeRecord(context, id);
  if (record === undefined) return;
  const stored = await context.host.files.read(context.paths.loadBalancer(id).config);
  const applied = record.applied.filter((md5) => stored === undefined || md5 !== md5Hex(stored));
  if (record.worker === NO_WORKER && applied.length === record.applied.length) return;
  const emptied = { worker: NO_WORKER, isUnfinished: false, absent: [], added: [] };
  try {
    await writeRunTimeRecord(context, id, { ...emptied, applied });
  } catch (error) {
    // the record names a worker that has ended, so nobody uses it
    if (!(error instanceof WriteFailed)) throw error;
  }
}
