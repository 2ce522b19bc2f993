import { judgeWhileReading } from '../../domain/keepalived/lvs-complaints.ts';
import { unsafeKeepalivedLines } from '../../domain/keepalived/unsafe-keepalived.ts';
import { keepalivedCheck } from '../../domain/service-definitions.ts';
import { CommandFailed, Rejected } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { judgeUnsafeLines } from '../unsafe-lines.ts';

const CHECK_TIMEOUT_MS = 30_000;
/** The exit codes of unshare(1) when it can't run keepalived, or doesn't find it. */
const NOT_RUN: readonly number[] = [126, 127];
/** All exit codes of keepalived itself. They don't matter: its output shows whether it accepts the file. */
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code).filter((code) => !NOT_RUN.includes(code));

/** A file with a configuration of keepalived. */
export interface KeepalivedFile {
  /** the name of the configured object, for the log */
  readonly object: string;
  readonly file: string;
  /** the content of the file */
  readonly config: Buffer;
  /** whether unknown keywords are ignored, as keepalived does: they may come from a newer controller */
  readonly isController: boolean;
  /** finds values that keepalived accepts but ignores. @param output the output of keepalived @returns one line for each */
  readonly unusable?: (text: string, output: string) => readonly string[];
}

/**
 * Has keepalived test a configuration.
 * @returns the unsafe lines, then keepalived's output
 * @throws Rejected with the faults and keepalived's output when keepalived can't use the configuration
 */
export async function checkKeepalived(
  context: Pick<OperationContext, 'config' | 'host' | 'logger' | 'paths'>,
  { object, file, config, isController, unusable }: KeepalivedFile,
): Promise<string> {
  const { host, logger, paths } = context;
  const unsafe = unsafeKeepalivedLines(config.toString('latin1'), [paths.base]);
  const warnings = judgeUnsafeLines(context, object, unsafe);
  const verdict = judgeWhileReading(isController);
  const { output, hasCrashed } = await configTest(host.commands, file, verdict.read);
  const isRead = !hasCrashed && !verdict.isBroken();
  const faults = isRead ? (unusable?.(config.toString('latin1'), output) ?? []) : [];
  if (isRead && faults.length === 0) return warnings + output;
  const details = [...faults, output].join('\n');
  logger.warn({ object, output: details }, 'keepalived refuses the configuration');
  throw new Rejected(object, details);
}

interface TestResult {
  /** the beginning and the end of keepalived's output */
  readonly output: string;
  /** whether keepalived crashed on the file, as 2.2.7 does on an open quote, or printed without end */
  readonly hasCrashed: boolean;
}

/** Has keepalived test a file. @param read receives keepalived's whole output, part by part */
export async function configTest(
  commands: OperationContext['host']['commands'],
  file: string,
  read: (part: string) => void = () => undefined,
): Promise<TestResult> {
  try {
    const { output } = await commands.run(keepalivedCheck(file), {
      timeoutMs: CHECK_TIMEOUT_MS,
      okCodes: ANY_CODE,
      onOutput: read,
    });
    return { output, hasCrashed: false };
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.output === '') throw error;
    if (error.timedOut || error.exitCode !== undefined) throw error;
    return { output: error.output, hasCrashed: true };
  }
}
