import { readHaproxyText } from '../../domain/haproxy/haproxy-text.ts';
import type { KeptConfig } from '../../domain/haproxy/kept-config.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { type ChangedLines, changedLines } from '../../domain/text/changed-lines.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { NoRollback, NotFound } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { readRunTimeRecord } from '../run-time/record.ts';
import { forgetUnnamed, keptConfigs, readKeptConfig } from './history.ts';
import { runStored, storeKept } from './last-good.ts';
import { noteStoredOrdered } from './orders.ts';
import { reloadHaproxy } from './reload.ts';

type RollbackContext = Pick<OperationContext, 'config' | 'paths' | 'host' | 'logger' | 'queue' | 'reloads'>;

type HistoryContext = Omit<RollbackContext, 'reloads'>;

/** One entry in the history of a load balancer. */
export interface HistoryLine {
  /** 1 for the configuration that ran last */
  readonly number: number;
  readonly since: Date;
  readonly md5: string;
  /** ids of the listeners */
  readonly listeners: readonly string[];
  /** the present state; `damaged` when the md5 of the file differs */
  readonly state: 'runs' | 'stored' | 'damaged' | '';
  /** whether the configuration came into force in a running haproxy, without a reload */
  readonly withoutReload: boolean;
  /** files of missing certificates that the configuration names */
  readonly missing: readonly string[];
}

/** @returns the newest first; empty when none has run yet @throws NotFound when the load balancer doesn't exist */
export async function configHistory(context: HistoryContext, id: HaproxyId): Promise<HistoryLine[]> {
  const { paths, host } = context;
  const stored = md5Hex(await storedConfig(context, id));
  const applied = (await readRunTimeRecord(context, id))?.applied ?? [];
  await host.services.track(haproxyService(id));
  const isActive = (await host.services.state(haproxyService(id))).status === 'active';
  return Promise.all(
    (await keptConfigs(context, id)).map(async (kept, index): Promise<HistoryLine> => {
      const text = (await readKeptConfig(context, id, kept))?.toString('latin1');
      const state = index === 0 && isActive ? 'runs' : kept.md5 === stored ? 'stored' : '';
      return {
        number: index + 1,
        since: kept.since,
        md5: kept.md5,
        listeners: text === undefined ? [] : readHaproxyText(text).listeners.map((listener) => listener.id),
        state: text === undefined ? 'damaged' : state,
        withoutReload: applied.includes(kept.md5),
        missing: await missingCertificates(host.files, text ?? '', paths.loadBalancer(id).certificates),
      };
    }),
  );
}

async function storedConfig({ paths, host }: HistoryContext, id: HaproxyId): Promise<Buffer> {
  const stored = await host.files.read(paths.loadBalancer(id).config);
  if (stored === undefined) throw new NotFound('load-balancer', id);
  return stored;
}

async function missingCertificates(
  files: OperationContext['host']['files'],
  text: string,
  directory: string,
): Promise<string[]> {
  const named = new Set(text.split(/[\s"']+/).filter((word) => word.startsWith(`${directory}/`)));
  const present = await Promise.all([...named].map((file) => files.exists(file)));
  return [...named].filter((_, index) => !present[index]);
}

/** The restored configuration. `runs` is false for a stopped haproxy: then the configuration is only stored. */
export interface RolledBack {
  readonly md5: string;
  readonly runs: boolean;
  /** the difference from the stored configuration before */
  readonly change: ChangedLines;
}

/** The wanted configuration, and the way to put it in force. */
export interface RollbackSettings {
  /** number in configHistory() or md5; default: the newest one that differs from the stored one */
  readonly wanted?: string | undefined;
  /** makes a running haproxy run the stored configuration; default: a reload */
  readonly apply?: () => Promise<void>;
}

/**
 * Replaces the stored configuration with an earlier one and has a running haproxy run it. A process beside the agent may call
 * it: the lock of the queue keeps the agent away meanwhile. Counts a rollback that was done.
 * @throws NotFound, NoRollback when the configuration doesn't exist or is damaged; ServiceFailed when it doesn't run: then
 *   the previous one still runs
 */
export function rollBackTo(
  context: RollbackContext,
  id: HaproxyId,
  { wanted, apply = () => runStored(context, id, () => reloadHaproxy(context, id)) }: RollbackSettings = {},
): Promise<RolledBack> {
  return context.queue.run(id, async () => {
    const { services } = context.host;
    const service = haproxyService(id);
    const stored = await storedConfig(context, id);
    const from = md5Hex(stored);
    const kept = chosen(await keptConfigs(context, id), wanted, from);
    const text = await readKeptConfig(context, id, kept);
    await services.track(service);
    if (text === undefined || !(await storeKept(context, id, kept)))
      throw new NoRollback(`the copy of ${kept.md5} is damaged`);
    const runs = (await services.state(service)).status === 'active';
    if (runs) {
      await noteStoredOrdered(context, id);
      await apply();
    } else await forgetUnnamed(context, id);
    context.reloads.rollBack('request', 'rolled back');
    context.logger.info({ loadBalancer: id, from, to: kept.md5 }, 'haproxy configuration rolled back');
    const change = changedLines(stored.toString('latin1'), text.toString('latin1'));
    return { md5: kept.md5, runs, change };
  });
}

function chosen(history: readonly KeptConfig[], wanted: string | undefined, stored: string): KeptConfig {
  if (wanted === undefined) {
    const other = history.find(({ md5 }) => md5 !== stored);
    if (other === undefined) throw new NoRollback('no other configuration of this load balancer has run');
    return other;
  }
  const found = history.find(({ md5 }, index) => wanted === md5 || wanted === `${index + 1}`);
  if (found === undefined) throw new NotFound('kept-configuration', wanted);
  return found;
}
