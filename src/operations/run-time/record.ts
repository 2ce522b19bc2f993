import type { HaproxyId } from '../../domain/ids.ts';
import {
  parseRunTimeRecord,
  type RunTimeRecord,
  serialiseRunTimeRecord,
} from '../../domain/run-time/run-time-record.ts';
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

/** Empties the list of servers that reports leave out, because another worker runs now. */
export async function forgetWorker(context: RecordContext, id: HaproxyId): Promise<void> {
  const record = await readRunTimeRecord(context, id);
  if (record === undefined || record.worker === NO_WORKER) return;
  await writeRunTimeRecord(context, id, {
    ...record,
    worker: NO_WORKER,
    isUnfinished: false,
    absent: [],
    added: [],
  });
}
