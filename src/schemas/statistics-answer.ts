import * as z from 'zod';

const count = z.int().nonnegative().nullable();

const listener = z.object({
  id: z.string(),
  status: z.string(),
  sessions: count.describe('open sessions'),
  session_rate: count.describe('new sessions in the last second'),
  sessions_total: count,
  bytes_in: count,
  bytes_out: count,
  errors: count.describe('broken requests'),
  responses_5xx: count.optional().describe('answers of status 500 to 599; an older agent lacks it'),
  connection_errors: count.optional().describe('failed connections to members; an older agent lacks it'),
});

const member = z.object({
  id: z.string(),
  pool: z.string(),
  listener: z.string(),
  address: z.string().nullable(),
  status: z.string(),
  weight: count,
  sessions: count.describe('open sessions'),
  queue: count.describe('requests that wait for this member'),
  session_rate: count.describe('new sessions in the last second'),
  sessions_total: count,
  check: z.string().nullable().describe('result of the last health check'),
  changed_seconds: count.describe('seconds since the last change of the status'),
});

const loadBalancer = z.object({
  id: z.string(),
  answers: z.boolean().describe('whether its haproxy answers'),
  worker: count
    .optional()
    .describe('process id of the worker with these counters, which begin at 0; an older agent lacks it'),
  listeners: z.array(listener),
  members: z.array(member),
});

/** The traffic at this moment. A value that nothing counts is null. */
export const statisticsAnswer = z.object({
  time: z.iso.datetime(),
  agent: z.object({ uptime_seconds: z.int(), memory_bytes: z.int() }),
  load_balancers: z.array(loadBalancer),
  udp_and_sctp_listeners: z.array(loadBalancer),
});
