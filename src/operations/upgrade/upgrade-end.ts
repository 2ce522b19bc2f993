import type { UpgradeEnd } from '../../domain/audit/audit-line.ts';
import { watchFiles } from '../../host/file-watch.ts';
import type { UpgradeRecord } from '../../schemas/upgrade-record.ts';
import type { OperationContext } from '../context.ts';
import { lastUpgrade } from './records.ts';
import { runnerIsActive, startRunner } from './runner.ts';

type EndContext = Pick<OperationContext, 'configFile' | 'paths' | 'host' | 'logger'>;

/** The audit log, as far as the end of an upgrade needs it. */
export interface EndLog {
  addEnd(end: UpgradeEnd): void;
  flushed(withinMs: number): Promise<void>;
}

const AUDITED_MODE = 0o600;
const AUDIT_MS = 10_000;

/**
 * Adds the end of the last upgrade to the audit log, after it has come. Each upgrade is added once, also when it ended while
 * no agent ran.
 * @param closing ends the wait
 */
export async function reportUpgradeEnd(
  context: EndContext,
  audit: EndLog,
  closing: AbortSignal,
): Promise<void> {
  const { paths, logger } = context;
  const { promise: ended, resolve } = Promise.withResolvers<UpgradeRecord | undefined>();
  const look = async (): Promise<void> => {
    const record = await lastUpgrade(context);
    if (record === undefined || record.result !== null) resolve(record);
  };
  const stop = watchFiles([paths.upgrade.record], () => void look(), logger);
  closing.addEventListener('abort', () => resolve(undefined), { once: true });
  const record = await ended;
  stop();
  if (record !== undefined) await addEnd(context, audit, record);
}

/** Adds the line, then keeps which upgrade it was about: a kill in between repeats the line, and never loses it. */
async function addEnd(
  { paths, host, logger }: EndContext,
  audit: EndLog,
  { id, result, reason, requested_at: requestedAt }: UpgradeRecord,
): Promise<void> {
  // the same bundle may come a second time, for example after it was taken back
  const key = `${id} ${requestedAt}\n`;
  if (result === null || (await host.files.readText(paths.upgrade.audited)) === key) return;
  const facts = { upgrade: id, reason };
  if (result === 'succeeded') logger.info(facts, 'upgrade succeeded');
  if (result === 'returned') logger.warn(facts, 'upgrade taken back: the former packages run');
  if (result === 'failed') logger.error(facts, 'upgrade failed, and the former packages are not complete');
  audit.addEnd({ event: 'upgrade ended', upgrade: id, result, reason });
  await audit.flushed(AUDIT_MS);
  await host.files.write(paths.upgrade.audited, key, { mode: AUDITED_MODE });
}

/**
 * Starts the program of an upgrade again when the upgrade has no end and nothing works at it: the machine lost its power before
 * the program wrote its unit for the next boot.
 */
export async function resumeUpgrade(context: EndContext): Promise<void> {
  const { paths, host, logger } = context;
  const record = await lastUpgrade(context);
  if (record === undefined || record.result !== null || (await runnerIsActive(context))) return;
  logger.warn({ upgrade: record.id, phase: record.phase }, 'upgrade was interrupted: finishing it');
  const agent = await host.upgrades.installedAgent();
  const program = agent?.program(paths.upgrade.runner) ?? (await host.upgrades.ownProgram());
  await startRunner(context, program, 'recover');
}
