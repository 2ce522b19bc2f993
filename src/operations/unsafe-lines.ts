import type { UnsafeLine } from '../domain/unsafe-line.ts';
import { Rejected } from '../errors.ts';
import type { OperationContext } from './context.ts';

const MOST_SHOWN = 50;

/**
 * Logs the lines of an uploaded configuration that do more than load balancing. With the option reject_unsafe_config it
 * refuses the configuration. This protects the amphora from a stolen controller certificate.
 * @param object the name of the configured object
 * @returns one line for each finding, each with a line end; '' without findings
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
    'an uploaded configuration does more than load balancing',
  );
  const lines = shown.map(({ line, finding }) =>
    line === undefined ? `unsafe: ${finding}` : `unsafe: line ${line}: ${finding}`,
  );
  if (found.length > shown.length) lines.push('unsafe: further lines, which are not listed');
  if (isRefused) throw new Rejected(object, ['refused by reject_unsafe_config', ...lines].join('\n'));
  return `${lines.join('\n')}\n`;
}
