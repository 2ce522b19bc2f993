import { judgeWhileReading } from '../../domain/keepalived/lvs-complaints.ts';
import { unsafeKeepalivedLines } from '../../domain/keepalived/unsafe-keepalived.ts';
import { keepalivedCheck } from '../../domain/service-definitions.ts';
import { CommandFailed, Rejected } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { judgeUnsafeLines } from '../unsafe-lines.ts';

const CHECK_TIMEOUT_MS = 30_000;
/** unshare(1): it couldn't run keepalived, or didn't find it. */
const NOT_RUN: readonly number[] = [126, 127];
/** Every exit code of keepalived's own: the output decides. */
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code).filter((code) => !NOT_RUN.includes(code));

/** A file with a configuration of keepalived. */
export interface KeepalivedFile {
  /** what it configures, for the log */
  readonly object: string;
  readonly file: string;
  /** what is in the file */
  readonly config: Buffer;
  /** whether unknown keywords are passed over, as keepalived does: they may come from a newer controller */
  readonly isController: boolean;
  /** finds values that keepalived takes and doesn't use. @param output keepalived's @returns a line for each */
  readonly unusable?: (text: string, output: string) => readonly string[];
}

/** Lets keepalived read a configuration. @returns its words, after what is unsafe @throws Rejected with its words where it can't */
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
  const words = [...faults, output].join('\n');
  logger.warn({ object, output: words }, 'keepalived refuses the configuration');
  throw new Rejected(object, words);
}

interface TestResult {
  /** beginning and end of what keepalived printed */
  readonly output: string;
  /** whether it crashed on the file, as 2.2.7 does on an open quote, or printed without end */
  readonly hasCrashed: boolean;
}

/** Has keepalived test a file. @param read gets all of what keepalived prints */
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
