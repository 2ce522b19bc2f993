import * as z from 'zod';
import { InvalidInput } from '../errors.ts';

/** Bounds and default of the time until the deadline of a drain, in seconds. */
export const DRAIN_SECONDS = { least: 1, most: 86_400, byDefault: 60 } as const;

const RANGE = `must be a whole number from ${DRAIN_SECONDS.least} to ${DRAIN_SECONDS.most} (seconds)`;

const timeout = z
  .string()
  .regex(/^\d{1,9}$/, RANGE)
  .transform(Number)
  .refine((seconds) => seconds >= DRAIN_SECONDS.least && seconds <= DRAIN_SECONDS.most, RANGE);

const query = z.object({
  timeout: timeout.default(DRAIN_SECONDS.byDefault),
  cut: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true'),
});

/** The settings of a drain. */
export interface DrainQuery {
  readonly timeoutSeconds: number;
  readonly cut: boolean;
}

/**
 * Reads the query of a request for a drain. A missing parameter has its default.
 * @throws InvalidInput with a line for each wrong parameter
 */
export function parseDrainQuery(sent: {
  readonly timeout: string | undefined;
  readonly cut: string | undefined;
}): DrainQuery {
  const checked = query.safeParse(sent);
  if (checked.success) return { timeoutSeconds: checked.data.timeout, cut: checked.data.cut };
  const faults = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new InvalidInput('request', [...new Set(faults)].join('\n'));
}
