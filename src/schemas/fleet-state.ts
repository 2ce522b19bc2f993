import * as z from 'zod';
import { type Rollout, UnusableRollout } from '../domain/fleet/fleet-state.ts';

const count = z.number().nullable();

const look = z.object({
  vips: z.array(z.object({ address: z.string(), holder: z.string() })),
  loadBalancers: z.array(z.object({ id: z.string(), state: z.string() })),
  listeners: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      sessionsPerSecond: count,
      errorsPerSession: z.object({ errors: count, responses_5xx: count, connection_errors: count }),
    }),
  ),
  pools: z.array(z.object({ name: z.string(), status: z.string() })),
  heartbeats: z.object({
    sent: z.number(),
    failed: z.number(),
    secondsSinceLast: count,
    intervalSeconds: count,
  }),
});

const rollout = z.object({
  format: z.literal(1),
  bundle: z.string(),
  startedAt: z.iso.datetime(),
  amphorae: z.array(
    z.object({
      amphora: z.uuid(),
      address: z.string(),
      // JSON has no undefined value, so a missing key stands for it
      loadBalancer: z.string().optional(),
      serves: z.array(z.string()),
      hasVip: z.boolean(),
      hasPeer: z.boolean(),
      wasPutOff: z.boolean(),
      state: z.enum(['waiting', 'running', 'upgraded', 'current', 'failed', 'held', 'unreachable']),
      reason: z.string().nullable(),
      before: look.nullable(),
      earlierUpgrade: z.string().nullable(),
    }),
  ),
});

/** Returns the text of a rollout's file, as one line of JSON. */
export const rolloutText = (content: Rollout): string => `${JSON.stringify(content)}\n`;

/** Parses the file of a rollout. @throws UnusableRollout */
export function parseRollout(text: string): Rollout {
  try {
    const { amphorae, ...rest } = rollout.parse(JSON.parse(text));
    return {
      ...rest,
      amphorae: amphorae.map(({ loadBalancer, ...one }) => ({ ...one, loadBalancer })),
    };
  } catch (error) {
    throw new UnusableRollout(
      'it is not the state of a rollout: remove the file, or name another one by --state',
      { cause: error },
    );
  }
}
