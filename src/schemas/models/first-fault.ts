import type { z } from 'zod';

/**
 * Makes the parser stop at the first fault of a list: a list of a million wrong values would have a million faults of some
 * 700 bytes each. z.validate passes the same option to the parser, but Zod's types don't export it.
 */
const UNTIL_FIRST_FAULT: z.core.ParseContext<z.core.$ZodIssue> & { readonly abortEarly: true } = {
  abortEarly: true,
};

/** Parses like `schema.safeParse`, but reports only the faults of the first faulty item of each list. */
export const parseUntilFault = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  context: z.core.ParseContext<z.core.$ZodIssue> = {},
): z.ZodSafeParseResult<z.output<Schema>> => schema.safeParse(value, { ...context, ...UNTIL_FIRST_FAULT });
