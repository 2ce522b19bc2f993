import { listenerId } from '../../domain/ids.ts';
import { details, info, listener, listeners } from '../../operations/amphora/status.ts';
import { detailsAnswer, infoAnswer, listenerAnswer, listenersAnswer } from '../../schemas/answers.ts';
import { BOTH, type Route, route } from './route.ts';

/** The routes that describe the amphora and its listeners. */
export const STATUS_ROUTES: readonly Route[] = [
  route(
    BOTH,
    'GET',
    '/info',
    { summary: 'Versions of the software', answer: infoAnswer },
    async (context, { version }) => ({ status: 200, body: await info(context, version) }),
  ),
  route(
    BOTH,
    'GET',
    '/details',
    { summary: 'State of the amphora', answer: detailsAnswer },
    async (context, { version }) => ({ status: 200, body: await details(context, version) }),
  ),
  route(
    BOTH,
    'GET',
    '/listeners',
    { summary: 'All listeners', answer: listenersAnswer },
    async (context, { version }) => ({ status: 200, body: await listeners(context, version) }),
  ),
  route(
    ['0.5'],
    'GET',
    '/listeners/:id',
    { summary: 'One listener with its pools', answer: listenerAnswer, failures: [404] },
    async (context, request) => ({
      status: 200,
      body: await listener(context, listenerId(request.parameter('id'))),
    }),
  ),
];
