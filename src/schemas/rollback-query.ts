import { InvalidInput } from '../errors.ts';

/** The form of a configuration's name in a history: its number, or its md5. */
export const ROLLBACK_TARGET = '^(?:[1-9][0-9]?|[0-9a-f]{32})$';

/**
 * Reads the parameter `to` of a rollback.
 * @returns undefined for the newest configuration that isn't the stored one @throws InvalidInput
 */
export function parseRollbackTarget(to: string | undefined): string | undefined {
  if (to === undefined || new RegExp(ROLLBACK_TARGET).test(to)) return to;
  throw new InvalidInput('request', 'to: must be a number from 1 to 99 in the history, or an md5');
}
