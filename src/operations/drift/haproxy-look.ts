import { type TextInForce, textInForce } from '../../domain/drift/text-in-force.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import type { DrainRecord } from '../../domain/run-time/drain-record.ts';
import type { RunTimeRecord } from '../../domain/run-time/run-time-record.ts';
import { type ServerNames, serverNames } from '../../domain/run-time/run-time-record.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import type { OperationContext } from '../context.ts';
import { keptConfigs, readKeptConfig } from '../haproxy/history.ts';
import { readDrainRecord } from '../run-time/drain-record.ts';
import { readRunTimeRecord } from '../run-time/record.ts';
import { askWorkerState, type WorkerState } from '../run-time/worker.ts';

type LookContext = Pick<OperationContext, 'paths' | 'host'>;

/** A running haproxy, and what the agent has stored about it. */
export interface SeenHaproxy {
  readonly id: HaproxyId;
  readonly worker: WorkerState;
  /** seconds since the start of the worker */
  readonly workerAge: number;
  readonly inForce: TextInForce;
  /** the text that the worker runs; undefined when it is unknown */
  readonly text: string | undefined;
  /** md5 of the stored text, and of the one that the history names as the last */
  readonly stored: string;
  readonly kept: string | undefined;
  /** the record of this worker; undefined when nothing was changed in it */
  readonly record: RunTimeRecord | undefined;
  /** servers of this worker with a drain */
  readonly drained: ServerNames;
}

/** @returns undefined when no worker answers, or when the load balancer has just been deleted */
export async function seeHaproxy(context: LookContext, id: HaproxyId): Promise<SeenHaproxy | undefined> {
  const { paths, host } = context;
  const worker = await askWorkerState(context, id);
  if (worker === undefined) return undefined;
  const { config } = paths.loadBalancer(id);
  const content = await host.files.read(config);
  const workerAge = await host.processes.ageSeconds(worker.pid);
  const [writeAge, changeAge] = [
    await host.files.ageSeconds(config),
    await host.files.changeAgeSeconds(config),
  ];
  if (content === undefined || workerAge === undefined || writeAge === undefined || changeAge === undefined)
    return undefined;
  const stored = md5Hex(content);
  const [last] = await keptConfigs(context, id);
  const keptText = last && (last.md5 === stored ? content : await readKeptConfig(context, id, last));
  const kept = keptText && last?.md5;
  const inForce = textInForce({ kept, stored, workerAge, writeAge, changeAge });
  const record = await readRunTimeRecord(context, id);
  return {
    ...{ id, worker, workerAge, inForce, stored, kept },
    text: inForce === 'unknown' ? undefined : (inForce === 'stored' ? content : keptText)?.toString('latin1'),
    record: record?.worker === worker.pid ? record : undefined,
    drained: drainedNames(await readDrainRecord(context, id), worker.pid),
  };
}

const drainedNames = (record: DrainRecord | undefined, worker: number): ServerNames =>
  serverNames(
    record?.worker === worker
      ? record.drains.flatMap(({ member, backends }) =>
          backends.map((backend) => ({ backend, server: member })),
        )
      : [],
  );

/**
 * Returns the seconds since haproxy got its certificates: since the start of its worker, or since the last change without a
 * reload. The age of the master's pid file counts too, because the clock of the files may have been set meanwhile.
 */
export async function certificatesAge(
  { paths, host }: LookContext,
  { id, workerAge, record }: SeenHaproxy,
): Promise<number> {
  const { runTimeRecord, pidFile } = paths.loadBalancer(id);
  const age = await host.files.ageSeconds(record === undefined ? pidFile : runTimeRecord);
  return record === undefined ? Math.min(workerAge, age ?? workerAge) : (age ?? workerAge);
}
