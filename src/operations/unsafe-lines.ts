import type { UnsafeLine } from '../domain/unsafe-line.ts';
import { Rejected } from '../errors.ts';
import type { OperationContext } from './context.ts';

const MOST_SHOWN = 50;

/**
 * The second wall behind the controller's certificate: tells the log what an uploaded configuration asks for beyond load
 * balancing, and refuses it where the option reject_unsafe_config is set.
 * @param object what is configured
 * @returns a line for each, ended; '' for none
 * @throws Rejected
 */
export function judgeUnsafeLines(
  { config, logger }: Pick<OperationContext, 'config' | 'logger'>,
  object: string,
  found: readonly UnsafeLine[],
): string {
  if (found.length === 0) return '';
  const isRefused = config().rejectUnsafeConfig;
  const shown = found.slice(0, MOST_SHOWN);
  logger.warn(
    { object, unsafe: shown, count: found.length, isRefused },
    'an uploaded configuration asks for more than load balancing',
  );
  const lines = shown.map(({ line, finding }) =>
    line === undefined ? `unsafe: ${finding}` : `unsafe: line ${line}: ${finding}`,
  );
  if (found.length > shown.length) lines.push('unsafe: further lines, which are not listed');
  if (isRefused) throw new Rejected(object, ['refused by reject_unsafe_config', ...lines].join('\n'));
  return `${lines.join('\n')}\n`;
}
