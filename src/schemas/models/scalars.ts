import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { isUuid } from '../../domain/ids.ts';
import { ipVersion, readAddress } from '../../domain/network/addresses.ts';

/** Returns an error function: `required` for an absent value, the text for a wrong one. */
const saying = (text: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? 'required' : text;

/** Applies a default. In octavia-lib's models, null and an absent value stand for the default. */
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** Text that a configuration file can hold: control characters would end lines, and half a surrogate pair has no UTF-8. */
export const text = z
  .string()
  .max(2048, 'longer than 2048 characters')
  .refine((value) => !CONTROL_CHARACTER.test(value), 'contains a control character')
  .refine((value) => value.isWellFormed(), 'not valid Unicode');

export const uuid = z.string().refine(isUuid, 'not a UUID');

/** An IP address in its shortest form (RFC 5952). An IPv4-mapped address (::ffff:10.0.0.1) becomes its IPv4 address. */
export const address = z.string().transform((value, context): string => {
  const reading = readAddress(value);
  if ('value' in reading) return ipaddr.process(reading.value).toString();
  context.issues.push({ code: 'custom', message: 'not an IP address', input: value });
  return z.NEVER;
});

const NOT_OF_A_HOST = new Set(['unspecified', 'multicast', 'broadcast']);

/**
 * An address that can be an endpoint of a connection. A link-local IPv6 address is refused, because it would need its
 * interface too, which no model contains.
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

/** A token of RFC 7230: the name of a header or a cookie. */
export const token = z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,255}$/, 'not a token (RFC 7230)');

/** A timeout in milliseconds, up to the limit of Octavia's API. 0 and null stand for the default. */
export const timeout = (byDefault: number) =>
  between(0, 2_073_600_000)
    .nullish()
    .transform((given) => given || byDefault);

export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: saying(`not one of ${values.join(', ')}`) });
