import { loadBalancerId } from '../../domain/ids.ts';
import {
  cancelDrain,
  type MemberReport,
  type NamedMember,
  readDrain,
  startDrain,
} from '../../operations/run-time/drain.ts';
import { drainAnswer } from '../../schemas/answers.ts';
import { DRAIN_SECONDS, parseDrainQuery } from '../../schemas/drain-query.ts';
import type { Reply } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import { type QueryParameter, type Route, route } from './route.ts';

const PATH = '/loadbalancer/:loadbalancer/members/:member/drain';
const ANSWER = { answer: drainAnswer, failures: [404, 409] } as const;

const QUERY: readonly QueryParameter[] = [
  {
    name: 'timeout',
    description: 'seconds until the deadline',
    schema: {
      type: 'integer',
      minimum: DRAIN_SECONDS.least,
      maximum: DRAIN_SECONDS.most,
      default: DRAIN_SECONDS.byDefault,
    },
  },
  {
    name: 'cut',
    description: 'true: close the sessions that are left at the deadline',
    schema: { type: 'string', enum: ['true', 'false'], default: 'false' },
  },
];

/** The routes that drain members. Octavia's API has none of them. */
export const DRAIN_ROUTES: readonly Route[] = [
  route(
    'none',
    'POST',
    PATH,
    {
      summary: 'Drain a member: take it out when its sessions have ended, or at a deadline',
      query: QUERY,
      success: 202,
      ...ANSWER,
    },
    async (context, request) => {
      const named = namedMember(request);
      const settings = parseDrainQuery({ timeout: request.query('timeout'), cut: request.query('cut') });
      return reply(202, await startDrain(context, named, settings));
    },
  ),
  route(
    'none',
    'GET',
    PATH,
    { summary: 'The drain of a member, and its open sessions', ...ANSWER },
    async (context, request) => reply(200, await readDrain(context, namedMember(request))),
  ),
  route(
    'none',
    'DELETE',
    PATH,
    { summary: 'End the drain of a member and bring the member back', ...ANSWER },
    async (context, request) => reply(200, await cancelDrain(context, namedMember(request))),
  ),
];

const namedMember = (request: ApiRequest): NamedMember => ({
  id: loadBalancerId(request.parameter('loadbalancer')),
  member: request.parameter('member'),
});

const reply = (
  status: 200 | 202,
  { state, sessions, oldestSeconds, drain, warnings }: MemberReport,
): Reply => ({
  status,
  body: {
    state,
    sessions,
    oldest_seconds: oldestSeconds ?? null,
    deadline: drain === undefined ? null : new Date(drain.deadline).toISOString(),
    cut: drain?.cut ?? false,
    ...(warnings.length === 0 ? {} : { details: warnings.join('\n') }),
  },
});
