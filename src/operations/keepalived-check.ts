import { isBroken } from '../domain/lvs-complaints.ts';
import { keepalivedCheck } from '../domain/service-definitions.ts';
import { CommandFailed, Rejected } from '../errors.ts';
import type { OperationContext } from './context.ts';

const CHECK_TIMEOUT_MS = 30_000;
/** Every exit code: the output decides. */
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

/** A file with a configuration of keepalived. */
export interface KeepalivedFile {
  /** what it configures, for the log */
  readonly object: string;
  readonly file: string;
  /** whether unknown keywords are passed over, as keepalived does: they may come from a newer controller */
  readonly isController: boolean;
}

/** Lets keepalived read a configuration. @returns its words @throws Rejected with its words where it can't */
export async function checkKeepalived(
  { host, logger }: Pick<OperationContext, 'host' | 'logger'>,
  { object, file, isController }: KeepalivedFile,
): Promise<string> {
  const output = await configTest(host.commands, file);
  if (typeof output === 'string' && !isBroken(output, isController)) return output;
  const words = typeof output === 'string' ? output : output.words;
  logger.warn({ object, output: words }, 'keepalived refuses the configuration');
  throw new Rejected(object, words);
}

/** @returns what keepalived printed; in an object where it crashed on the file, as 2.2.7 does on an open quote */
async function configTest(
  commands: OperationContext['host']['commands'],
  file: string,
): Promise<string | { words: string }> {
  try {
    const { output } = await commands.run(keepalivedCheck(file), {
      timeoutMs: CHECK_TIMEOUT_MS,
      okCodes: ANY_CODE,
    });
    return output;
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.timedOut || error.output === '') throw error;
    return { words: error.output };
  }
}
