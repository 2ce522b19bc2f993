import { InvalidConfiguration } from '../errors.ts';
import { OPTIONS, type OptionKey } from './options.ts';

/** Returns an error of one line with file, section, option and reason. @param section default: the option's first */
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

/** Describes why a file could not be read. @param error the error of the read; undefined if the file doesn't exist */
function readFailure(error: unknown): string {
  if (error === undefined) return 'no such file';
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? error.message;
}

/** Returns the error for an unreadable file that an option names, such as the server certificate. */
export function unreadableFile(
  fileName: string,
  key: OptionKey,
  path: string,
  error: unknown,
): InvalidConfiguration {
  return invalidOption(fileName, key, `can't read ${path}: ${readFailure(error)}`);
}

/** Returns the error for an unreadable configuration file. */
export function unreadableConfiguration(fileName: string, error: unknown): InvalidConfiguration {
  return new InvalidConfiguration(`${fileName}: can't read it: ${readFailure(error)}`);
}
