import type { z } from 'zod';

/**
 * Stops at the first fault of a list: a list of a million wrong values would have a million faults, each of some 700 bytes.
 * It is what z.validate gives to the parser; Zod's types keep it to themselves.
 */
const UNTIL_FIRST_FAULT: z.core.ParseContext<z.core.$ZodIssue> & { readonly abortEarly: true } = {
  abortEarly: true,
};

/** As `schema.safeParse`, but of the faults in a list it finds only those of the first item that has any. */
export const parseUntilFault = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  context: z.core.ParseContext<z.core.$ZodIssue> = {},
): z.ZodSafeParseResult<z.output<Schema>> => schema.safeParse(value, { ...context, ...UNTIL_FIRST_FAULT });
