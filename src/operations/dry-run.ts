import { withoutSecrets } from '../domain/secrets.ts';
import { withoutControlCharacters } from '../domain/text/control-characters.ts';
import { unifiedDiff } from '../domain/text/text-diff.ts';
import { InvalidInput, Rejected } from '../errors.ts';
import type { OperationContext } from './context.ts';

/** The effect of an upload. All fields hide secrets and show control characters as `?`. */
export interface DryRun {
  /** whether the agent would accept the upload */
  readonly valid: boolean;
  /** the output of the checking program, or the reason of the refusal */
  readonly details: string;
  /** the configuration that would be stored; '' when the model can't be rendered */
  readonly config: string;
  /** the difference from the stored configuration, in the format of `diff -u`; '' when nothing would change */
  readonly diff: string;
}

/** An upload to try without storing it. */
export interface Trial {
  /** the file that the upload would replace */
  readonly file: string;
  /** @throws InvalidInput, Rejected */
  readonly render: () => Promise<Buffer>;
  /**
   * @param directory a temporary directory for the files of the check; removed afterwards
   * @param config the rendered configuration
   * @returns the output of the checking program
   * @throws Rejected
   */
  readonly check: (directory: string, config: Buffer) => Promise<string>;
}

/** Renders, checks and compares an upload, and changes nothing. */
export async function dryRun(
  { paths, host }: Pick<OperationContext, 'paths' | 'host'>,
  { file, render, check }: Trial,
): Promise<DryRun> {
  let rendered: Buffer | undefined;
  const verdict = await host.files.withTemporaryDirectory(paths.certificates, async (directory) => {
    const { valid, details } = await judged(async () => {
      rendered = await render();
      return check(directory, rendered);
    });
    return { valid, details: details.replaceAll(`${directory}/`, '') };
  });
  if (rendered === undefined) return { ...verdict, config: '', diff: '' };
  const readable = (text: Buffer): string => withoutControlCharacters(text).toString();
  const config = readable(rendered);
  const content = await host.files.read(file);
  const stored = content === undefined ? undefined : readable(content);
  const shown = (text: string): string => withoutSecrets(text, stored);
  return {
    ...verdict,
    config: shown(config),
    diff: unifiedDiff(file, stored === undefined ? undefined : shown(stored), shown(config)),
  };
}

async function judged(check: () => Promise<string>): Promise<Pick<DryRun, 'valid' | 'details'>> {
  try {
    return { valid: true, details: await check() };
  } catch (error) {
    if (error instanceof InvalidInput) return { valid: false, details: error.message };
    if (error instanceof Rejected) return { valid: false, details: error.output };
    throw error;
  }
}
