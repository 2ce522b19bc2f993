import type { HaproxyId } from '../../domain/ids.ts';
import {
  parseRunTimeRecord,
  type RunTimeRecord,
  serialiseRunTimeRecord,
} from '../../domain/run-time/run-time-record.ts';
import type { OperationContext } from '../context.ts';

const MODE = 0o600;

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
