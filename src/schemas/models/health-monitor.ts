import { z } from 'zod';
import { readHostName } from '../../domain/host-names.ts';
import { encodeNeverSent } from '../../domain/text/percent-encoding.ts';
import { adminStateUp, between, oneOf, optional, text, uuid, withDefault } from './scalars.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'CONNECT', 'PATCH'] as const;
const TYPES = ['HTTP', 'HTTPS', 'PING', 'TCP', 'TLS-HELLO', 'UDP-CONNECT', 'SCTP'] as const;

/** Status codes that count as healthy: `200`, `200,202`, `200-204`, or a mixture. Blanks are removed. */
const expectedCodes = z
  .string()
  .transform((given) => given.replaceAll(' ', ''))
  .refine(
    (codes) =>
      /^\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*$/.test(codes) && codes.length <= 255 && ascends(codes),
    'not a list of status codes such as 200,202-204',
  );

const ascends = (codes: string): boolean =>
  codes.split(',').every((range) => {
    const [from = '', to = from] = range.split('-');
    return from <= to && from >= '100' && to <= '599';
  });

/** A path with its query. Characters that no request can contain are percent-encoded. */
const urlPath = text.regex(/^\//, 'not the path of a URL').transform(encodeNeverSent);

/** A domain name. Labels with non-ASCII characters become punycode. */
const domainName = text.transform((given, context): string => {
  const reading = readHostName(given);
  if ('value' in reading) return reading.value;
  context.issues.push({ code: 'custom', message: reading.problem, input: given });
  return z.NEVER;
});

/** A health monitor. `delay` and `timeout` are in seconds; max_retries is haproxy's `rise`, max_retries_down its `fall`. */
export const healthMonitor = z.object({
  healthmonitor_id: optional(uuid),
  name: optional(z.string()),
  project_id: optional(text),
  pool_id: optional(uuid),
  admin_state_up: adminStateUp,
  type: oneOf(TYPES),
  delay: between(1, 2_000_000),
  timeout: between(1, 2_000_000),
  max_retries: between(1, 10),
  max_retries_down: withDefault(between(1, 10), 3),
  http_method: withDefault(oneOf(METHODS), 'GET'),
  http_version: withDefault(z.literal([1, 1.1], 'not 1.0 or 1.1'), 1),
  url_path: withDefault(urlPath, '/'),
  expected_codes: withDefault(expectedCodes, '200'),
  domain_name: optional(domainName),
});
export type HealthMonitorModel = z.output<typeof healthMonitor>;
