import { statisticsAnswer } from '../../schemas/statistics-answer.ts';
import { type Route, route } from './route.ts';

/** The route of the traffic at this moment. Its code is loaded at the first request. */
export const STATISTICS_ROUTES: readonly Route[] = [
  route(
    'none',
    'GET',
    '/statistics',
    { summary: 'Traffic of listeners and members at this moment', answer: statisticsAnswer },
    async (context) => {
      const { liveStatistics } = await import('../../operations/health/live-statistics.ts');
      return { status: 200, body: await liveStatistics(context) };
    },
  ),
];
