import { InvalidConfiguration } from '../errors.ts';
import { OPTIONS, type OptionKey } from './options.ts';

/** One line that names file, section, option and reason. @param section default: the option's first */
export function invalidOption(
  fileName: string,
  key: OptionKey,
  reason: string,
  section?: string,
): InvalidConfiguration {
  const { sections, name } = OPTIONS[key];
  return new InvalidConfiguration(`${fileName}: [${section ?? sections[0]}] ${name}: ${reason}`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'no such file',
};

/** Why a file could not be read, in words. @param error what reading it threw; undefined where there is no such file */
function readFailure(error: unknown): string {
  if (error === undefined) return 'no such file';
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? error.message;
}

/** The error for a file that an option names and that can't be read, such as the server certificate. */
export function unreadableFile(
  fileName: string,
  key: OptionKey,
  path: string,
  error: unknown,
): InvalidConfiguration {
  return invalidOption(fileName, key, `can't read ${path}: ${readFailure(error)}`);
}

/** The error for a configuration file that can't be read. */
export function unreadableConfiguration(fileName: string, error: unknown): InvalidConfiguration {
  return new InvalidConfiguration(`${fileName}: can't read it: ${readFailure(error)}`);
}
