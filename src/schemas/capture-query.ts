import * as z from 'zod';
import { CAPTURE_BYTES, CAPTURE_SECONDS, LONGEST_FILTER } from '../domain/capture/capture-limits.ts';
import type { CaptureSettings } from '../domain/capture/capture-settings.ts';
import { InvalidInput } from '../errors.ts';

const FILTER = `must have at most ${LONGEST_FILTER} printable ASCII characters (the syntax is that of pcap-filter)`;
/** The kernel's limit for a name is 15 bytes. */
const LONGEST_NAME = 15;

function wholeNumber(
  { least, most, byDefault }: { readonly least: number; readonly most: number; readonly byDefault: number },
  unit: string,
) {
  const range = `must be a whole number from ${least} to ${most} (${unit})`;
  return z
    .string()
    .regex(/^\d{1,9}$/, range)
    .transform(Number)
    .refine((value) => value >= least && value <= most, range)
    .default(byDefault);
}

const query = z.object({
  interface: z
    .string('required: the name of a network interface')
    .min(1, 'required: the name of a network interface')
    .max(LONGEST_NAME, `must be the name of a network interface, of at most ${LONGEST_NAME} characters`),
  filter: z
    .string()
    .max(LONGEST_FILTER, FILTER)
    .regex(/^[ -~]*$/, FILTER)
    .transform((filter) => filter.trim())
    .default(''),
  seconds: wholeNumber(CAPTURE_SECONDS, 'seconds'),
  bytes: wholeNumber(CAPTURE_BYTES, 'bytes'),
  payload: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true'),
});

type Parameter = keyof z.input<typeof query>;

/**
 * Reads the query of a request for a capture. A missing parameter other than `interface` has its default.
 * @throws InvalidInput with a line for each wrong parameter, which says what is allowed
 */
export function parseCaptureQuery(sent: Readonly<Record<Parameter, string | undefined>>): CaptureSettings {
  const checked = query.safeParse(sent);
  if (checked.success) {
    const { interface: interfaceName, ...others } = checked.data;
    return { interfaceName, ...others };
  }
  const faults = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new InvalidInput('request', [...new Set(faults)].join('\n'));
}
