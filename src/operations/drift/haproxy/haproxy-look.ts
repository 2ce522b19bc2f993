import { startRefusal } from '../../../domain/drift/start-refusal.ts';
import { type TextFacts, type TextInForce, textInForce } from '../../../domain/drift/text-in-force.ts';
import type { TextOrigin } from '../../../domain/haproxy/haproxy-orders.ts';
import { withoutTimes } from '../../../domain/haproxy/servers-dump.ts';
import type { HaproxyId } from '../../../domain/ids.ts';
import { drainServers } from '../../../domain/run-time/drain-record.ts';
import type { RunTimeRecord, ServerNames } from '../../../domain/run-time/run-time-record.ts';
import { md5Hex } from '../../../domain/text/md5.ts';
import type { OperationContext } from '../../context.ts';
import { keptConfigs, readKeptConfig } from '../../haproxy/history.ts';
import { textOrigin } from '../../haproxy/orders.ts';
import { readDrainRecord } from '../../run-time/drain-record.ts';
import { readRunTimeRecord } from '../../run-time/record.ts';
import type { WorkerState } from '../../run-time/worker.ts';

/** No file is older, so every file counts as newer than what haproxy has. */
const UNKNOWN_AGE = Number.POSITIVE_INFINITY;

type LookContext = Pick<OperationContext, 'paths' | 'host'>;

/** A running haproxy, and what the agent has stored about it. */
export interface SeenHaproxy {
  readonly id: HaproxyId;
  readonly worker: WorkerState;
  readonly inForce: TextInForce;
  /** the text that the worker runs; undefined when it is unknown */
  readonly text: string | undefined;
  /** md5 of the stored text, and of the one that the history names as the last */
  readonly stored: string;
  readonly kept: string | undefined;
  /** who stored the stored text */
  readonly origin: TextOrigin;
  /** the record of this worker; undefined when nothing was changed in it */
  readonly record: RunTimeRecord | undefined;
  /** servers of this worker with a drain */
  readonly drained: ServerNames;
}

/**
 * Returns a text that is equal as long as a haproxy and what the agent has stored about it do not change, but for its
 * certificates.
 */
export async function haproxySign(context: LookContext, id: HaproxyId, worker: WorkerState): Promise<string> {
  const { files } = context.host;
  const { config, history, runTimeRecord, drains } = context.paths.loadBalancer(id);
  const fingerprints = [
    await files.fingerprint(config),
    await files.fingerprint(runTimeRecord),
    await files.fingerprint(drains),
  ];
  const kept = await files.list(history);
  return `${worker.pid} ${fingerprints.join(' ')} ${kept.join(' ')}\n${withoutTimes(worker.dump)}`;
}

/** @returns undefined when the load balancer has just been deleted */
export async function seeHaproxy(
  context: LookContext,
  id: HaproxyId,
  worker: WorkerState,
): Promise<SeenHaproxy | undefined> {
  const { paths, host } = context;
  const content = await host.files.read(paths.loadBalancer(id).config);
  if (content === undefined) return undefined;
  const stored = md5Hex(content);
  const [last] = await keptConfigs(context, id);
  const keptText = last && (last.md5 === stored ? content : await readKeptConfig(context, id, last));
  const kept = keptText && last?.md5;
  const inForce = kept === stored ? 'both' : await decideInForce(context, id, worker, { kept, stored });
  const record = await readRunTimeRecord(context, id);
  return {
    ...{ id, worker, inForce, stored, kept },
    // a text that a request made haproxy run is a controller's, also if it was stored by hand
    origin: inForce === 'both' ? 'agent' : await textOrigin(context, id, stored),
    text: inForce === 'unknown' ? undefined : (inForce === 'stored' ? content : keptText)?.toString('latin1'),
    record: record?.worker === worker.pid ? record : undefined,
    drained: drainServers(await readDrainRecord(context, id), worker.pid),
  };
}

/** Returns why only a request may start a stopped haproxy; undefined: it would run what it ran last. */
export async function refusalOfStart(context: LookContext, id: HaproxyId): Promise<string | undefined> {
  const content = await context.host.files.read(context.paths.loadBalancer(id).config);
  if (content === undefined) return 'no configuration is stored';
  const stored = md5Hex(content);
  const [last] = await keptConfigs(context, id);
  const isWhole = last !== undefined && (await readKeptConfig(context, id, last)) !== undefined;
  const kept = isWhole ? last.md5 : undefined;
  return startRefusal({ stored, kept, origin: await textOrigin(context, id, stored) });
}

async function decideInForce(
  { paths, host }: LookContext,
  id: HaproxyId,
  { pid }: WorkerState,
  texts: Pick<TextFacts, 'kept' | 'stored'>,
): Promise<TextInForce> {
  const { config } = paths.loadBalancer(id);
  const workerAge = await host.processes.ageSeconds(pid);
  const writeAge = await host.files.ageSeconds(config);
  const changeAge = await host.files.changeAgeSeconds(config);
  if (workerAge === undefined || writeAge === undefined || changeAge === undefined) return 'unknown';
  return textInForce({ ...texts, workerAge, writeAge, changeAge });
}

/**
 * Returns the seconds since haproxy got its certificates: since the start of its worker, or since the last change without a
 * reload. The age of the master's pid file counts too, because the clock of the files may have been set meanwhile: a file must be
 * older than both.
 */
export async function certificatesAge(
  { paths, host }: LookContext,
  { id, worker, record }: SeenHaproxy,
): Promise<number> {
  const { runTimeRecord, pidFile } = paths.loadBalancer(id);
  if (record !== undefined) return (await host.files.ageSeconds(runTimeRecord)) ?? UNKNOWN_AGE;
  const ages = [await host.processes.ageSeconds(worker.pid), await host.files.ageSeconds(pidFile)];
  return Math.max(...ages.map((age) => age ?? UNKNOWN_AGE));
}
