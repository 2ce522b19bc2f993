import { InvalidInput } from '../../../src/errors.ts';

/** Why a model is refused, a line a fault; none for one that is not. */
export function faultsOf(parse: (json: unknown) => unknown, json: unknown): string[] {
  try {
    parse(json);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message.split('\n');
    throw error;
  }
  return [];
}
