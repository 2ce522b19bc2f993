import { withoutSecrets } from '../domain/secrets.ts';
import { withoutControlCharacters } from '../domain/text/control-characters.ts';
import { unifiedDiff } from '../domain/text/text-diff.ts';
import { InvalidInput, Rejected } from '../errors.ts';
import type { OperationContext } from './context.ts';

/** What an upload would do. Secrets are hidden in all of it, and control characters are shown as `?`. */
export interface DryRun {
  /** whether it would be taken */
  readonly valid: boolean;
  /** the checking program's words, or why it would be refused */
  readonly details: string;
  /** what would be stored; '' where it can't be rendered */
  readonly config: string;
  /** from what is stored to what would be, as `diff -u` writes it; '' where nothing would change */
  readonly diff: string;
}

/** An upload that is tried out. */
export interface Trial {
  /** what it would replace */
  readonly file: string;
  /** @throws InvalidInput, Rejected */
  readonly render: () => Promise<Buffer>;
  /**
   * @param directory takes what the check needs on disk, and goes away after it
   * @param config what was rendered
   * @returns the checking program's words
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
