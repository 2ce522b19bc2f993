import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { isUuid } from '../../domain/ids.ts';
import { ipVersion, readAddress } from '../../domain/network/addresses.ts';

/** What is absent isn't wrong but missing. */
const saying = (words: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? 'required' : words;

/** null, absent and the default are three spellings of one thing in octavia-lib's models. */
export const withDefault = <Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>) =>
  schema.nullish().transform((given): z.output<Schema> => given ?? value);

export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((given): z.output<Schema> | undefined => given ?? undefined);

export const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .array(schema)
    .nullish()
    .transform((given): z.output<Schema>[] => given ?? []);

export const adminStateUp = withDefault(z.boolean(), true);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** Text that no configuration file can say is refused: control characters end lines, half a surrogate pair has no UTF-8. */
export const text = z
  .string()
  .max(2048, 'longer than 2048 characters')
  .refine((value) => !CONTROL_CHARACTER.test(value), 'holds a control character')
  .refine((value) => value.isWellFormed(), 'not valid Unicode');

export const uuid = z.string().refine(isUuid, 'not a UUID');

/** An IP address in its shortest form (RFC 5952); one that maps IPv4 (::ffff:10.0.0.1) is that IPv4 address. */
export const address = z.string().transform((value, context): string => {
  const reading = readAddress(value);
  if ('value' in reading) return ipaddr.process(reading.value).toString();
  context.issues.push({ code: 'custom', message: 'not an IP address', input: value });
  return z.NEVER;
});

const NOT_OF_A_HOST = new Set(['unspecified', 'multicast', 'broadcast']);

/**
 * An address that a connection can have at one of its ends. A link-local one of IPv6 would need its interface beside it,
 * which no model names.
 */
export const hostAddress = address.refine(
  (given) => {
    const range = ipaddr.parse(given).range();
    return !NOT_OF_A_HOST.has(range) && !(range === 'linkLocal' && ipVersion(given) === 6);
  },
  { error: 'not the address of a host', abort: true, when: ({ issues }) => issues.length === 0 },
);

export const port = between(1, 65_535);

export function between(least: number, most: number) {
  const error = saying(`not a whole number from ${least} to ${most}`);
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** A word of RFC 7230's tokens: names of headers and cookies. */
export const token = z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,255}$/, 'not a token (RFC 7230)');

/** Milliseconds; the most is what the API takes. 0 is the default, as null is. */
export const timeout = (byDefault: number) =>
  between(0, 2_073_600_000)
    .nullish()
    .transform((given) => given || byDefault);

export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: saying(`not one of ${values.join(', ')}`) });
