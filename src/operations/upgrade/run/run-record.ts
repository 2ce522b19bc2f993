import type { UpgradePhase } from '../../../schemas/upgrade-record.ts';
import { parseUpgradeRun, type UpgradeRun, withoutPrivateFields } from '../../../schemas/upgrade-run.ts';
import { upgradeHistory } from '../records.ts';
import type { RunContext } from './run-context.ts';

const RECORD_MODE = 0o600;
const MOST_ENDED = 100;

type RecordContext = Pick<RunContext, 'paths' | 'host' | 'logger'>;

/** The end of an upgrade. */
export interface UpgradeEnding {
  readonly result: NonNullable<UpgradeRun['result']>;
  /** why it did not succeed */
  readonly reason: string | null;
}

/** @returns undefined when no upgrade was accepted @throws SyntaxError, z.ZodError */
export async function readRun({ paths, host }: RecordContext): Promise<UpgradeRun | undefined> {
  const text = await host.files.readText(paths.upgrade.record);
  return text === undefined ? undefined : parseUpgradeRun(text);
}

/** Writes the record. It is on the disk when the promise resolves. @throws WriteFailed */
export async function saveRun({ paths, host }: RecordContext, run: UpgradeRun): Promise<UpgradeRun> {
  await host.files.write(paths.upgrade.record, `${JSON.stringify(run, undefined, 2)}\n`, {
    mode: RECORD_MODE,
  });
  return run;
}

/** Ends the phase of an upgrade and begins another. @throws WriteFailed */
export async function enterPhase(
  context: RecordContext,
  run: UpgradeRun,
  phase: UpgradePhase,
): Promise<UpgradeRun> {
  const now = new Date().toISOString();
  const steps = [...endedSteps(run, now), { phase, began_at: now, ended_at: null }];
  const saved = await saveRun(context, { ...run, phase, steps });
  context.logger.info({ upgrade: run.id, phase }, 'upgrade enters a phase');
  return saved;
}

const endedSteps = ({ steps }: UpgradeRun, now: string): UpgradeRun['steps'] =>
  steps.map((step) => ({ ...step, ended_at: step.ended_at ?? now }));

/** Ends an upgrade. The result stays, even if a power cut follows. @throws WriteFailed */
export async function endRun(
  context: RecordContext,
  run: UpgradeRun,
  { result, reason }: UpgradeEnding,
): Promise<UpgradeRun> {
  const now = new Date().toISOString();
  const ended = await saveRun(context, {
    ...run,
    result,
    reason,
    ended_at: now,
    steps: endedSteps(run, now),
  });
  const facts = { upgrade: run.id, reason };
  if (result === 'succeeded') context.logger.info(facts, 'upgrade ended: the new packages run');
  if (result === 'returned') context.logger.warn(facts, 'upgrade ended: the former packages run');
  if (result === 'failed')
    context.logger.fatal(facts, 'upgrade ended: neither the new nor the former packages are complete');
  return ended;
}

/** Adds an ended upgrade to the history, once. A damaged history is replaced. @throws WriteFailed */
export async function addToHistory(context: RecordContext, run: UpgradeRun): Promise<void> {
  const former = await upgradeHistory(context);
  if (former.some(({ id, requested_at }) => id === run.id && requested_at === run.requested_at)) return;
  const upgrades = [withoutPrivateFields(run), ...former].slice(0, MOST_ENDED);
  const text = `${JSON.stringify({ upgrades }, undefined, 2)}\n`;
  await context.host.files.write(context.paths.upgrade.history, text, { mode: RECORD_MODE });
}
