import { InvalidInput } from '../../../src/errors.ts';

/** Returns the reasons for which a model is refused, one line per fault; empty for a valid model. */
export function faultsOf(parse: (json: unknown) => unknown, json: unknown): string[] {
  try {
    parse(json);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message.split('\n');
    throw error;
  }
  return [];
}
