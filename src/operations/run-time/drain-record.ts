import type { HaproxyId } from '../../domain/ids.ts';
import {
  type DrainRecord,
  parseDrainRecord,
  serialiseDrainRecord,
} from '../../domain/run-time/drain-record.ts';
import type { OperationContext } from '../context.ts';

const MODE = 0o600;

type RecordContext = Pick<OperationContext, 'paths' | 'host'>;

/** Returns the drains of a load balancer; undefined when there are none, or when the file is damaged. */
export const readDrainRecord = async (
  { paths, host }: RecordContext,
  id: HaproxyId,
): Promise<DrainRecord | undefined> =>
  parseDrainRecord(await host.files.readText(paths.loadBalancer(id).drains));

/** Writes the drains of a load balancer. Without any, there is no file. */
export async function writeDrainRecord(
  context: RecordContext,
  id: HaproxyId,
  record: DrainRecord,
): Promise<void> {
  if (record.drains.length === 0) return forgetDrains(context, id);
  const { paths, host } = context;
  await host.files.write(paths.loadBalancer(id).drains, serialiseDrainRecord(record), { mode: MODE });
}

/** Forgets all drains of a load balancer: the worker runs the configuration on disk, or none runs. */
export const forgetDrains = ({ paths, host }: RecordContext, id: HaproxyId): Promise<void> =>
  host.files.remove(paths.loadBalancer(id).drains);
