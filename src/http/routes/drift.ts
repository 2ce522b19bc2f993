import { driftReport, repairDrift } from '../../operations/drift/drift-reports.ts';
import { driftAnswer, driftRepairAnswer } from '../../schemas/answers.ts';
import { type Route, route } from './route.ts';

/** The routes for drift. Octavia's API has none of them. */
export const DRIFT_ROUTES: readonly Route[] = [
  route(
    'none',
    'GET',
    '/drift',
    { summary: 'What the amphora has otherwise than it should, and since when', answer: driftAnswer },
    async (context) => ({ status: 200, body: driftReport(context) }),
  ),
  route(
    'none',
    'POST',
    '/drift/repair',
    { summary: 'Repair all drift once, now', answer: driftRepairAnswer, failures: [409] },
    async (context) => ({ status: 200, body: { items: await repairDrift(context) } }),
  ),
];
