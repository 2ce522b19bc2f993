import { loadBalancerId } from '../../domain/ids.ts';
import type { HistoryLine } from '../../operations/haproxy/rollback.ts';
import { historyAnswer, rollbackAnswer } from '../../schemas/history-answers.ts';
import { parseRollbackTarget, ROLLBACK_TARGET } from '../../schemas/rollback-query.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import { type Route, route } from './route.ts';

/**
 * The routes for the configurations that ran earlier. Octavia's API has none of them. Their code is loaded at the first request.
 */
export const HISTORY_ROUTES: readonly Route[] = [
  route(
    'none',
    'GET',
    '/loadbalancer/:loadbalancer/history',
    {
      summary: 'The configurations of a load balancer that ran last, the newest first',
      answer: historyAnswer,
      failures: [404],
    },
    async (context, request) => {
      const { configHistory } = await import('../../operations/haproxy/rollback.ts');
      const id = namedLoadBalancer(request);
      return {
        status: 200,
        body: { load_balancer: id, configurations: (await configHistory(context, id)).map(entry) },
      };
    },
  ),
  route(
    'none',
    'POST',
    '/loadbalancer/:loadbalancer/rollback',
    {
      summary: 'Make haproxy run an earlier configuration again',
      query: [
        {
          name: 'to',
          description: 'number or md5 in the history; default: the newest one that is not the stored one',
          schema: { type: 'string', pattern: ROLLBACK_TARGET },
        },
      ],
      answer: rollbackAnswer,
      failures: [404, 409],
    },
    async (context, request) => {
      const { rollBackInAgent } = await import('../../operations/haproxy/agent-rollback.ts');
      const wanted = parseRollbackTarget(request.query('to'));
      const { md5, runs, change } = await rollBackInAgent(context, namedLoadBalancer(request), wanted);
      return { status: 200, body: { md5, runs }, change };
    },
  ),
];

const namedLoadBalancer = (request: ApiRequest) => loadBalancerId(request.parameter('loadbalancer'));

const entry = ({ number, since, md5, listeners, state, withoutReload, missing }: HistoryLine) => ({
  ...{ number, since: since.toISOString(), md5, listeners },
  state: state === '' ? 'kept' : state,
  without_reload: withoutReload,
  missing,
});
