import { parseUpgradeHistory, parseUpgradeRecord, type UpgradeRecord } from '../../schemas/upgrade-record.ts';
import type { OperationContext } from '../context.ts';

type RecordContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

/** Returns the upgrade under way, or the last one; undefined without one. */
export async function lastUpgrade(context: RecordContext): Promise<UpgradeRecord | undefined> {
  const record = await readFile(context, context.paths.upgrade.record, parseUpgradeRecord);
  return record ?? (await upgradeHistory(context))[0];
}

/** Returns the ended upgrades, the newest first. */
export async function upgradeHistory(context: RecordContext): Promise<UpgradeRecord[]> {
  return (await readFile(context, context.paths.upgrade.history, parseUpgradeHistory)) ?? [];
}

/** Returns the content of a file that the program of an upgrade writes. A damaged file counts as none. */
async function readFile<Value>(
  { host, logger }: RecordContext,
  file: string,
  parse: (text: string) => Value,
): Promise<Value | undefined> {
  const text = await host.files.readText(file);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    logger.warn({ file, err: error }, 'cannot read a record of upgrades');
    return undefined;
  }
}
