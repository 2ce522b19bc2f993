import { readiness, readinessText } from '../../domain/health/readiness.ts';
import { agentMetrics } from '../../operations/health/agent-metrics.ts';
import { amphoraHealth } from '../../operations/health/readiness.ts';
import { statusAnswer } from '../../schemas/answers.ts';
import { openMetrics } from '../replies/open-metrics.ts';
import type { Reply } from '../replies/replies.ts';
import { forMonitoring, type Route, route } from './route.ts';

/** Loaded for the first request: most amphorae are never looked at. */
const statusModule = () => import('../../operations/health/amphora-status.ts');

/** The routes for probes and monitoring. Their answers are for people and programs beside the controllers. */
export const HEALTH_ROUTES: readonly Route[] = [
  route(
    'none',
    'GET',
    '/livez',
    {
      summary: 'Whether the agent lives: its main thread answers, and its heartbeat thread beats',
      answer: 'text',
      unavailable: 'The heartbeat thread hangs.',
    },
    async ({ heartbeat }) =>
      heartbeat.alive() ? text(200, 'alive\n') : text(503, 'the heartbeat thread hangs\n'),
  ),
  route(
    'none',
    'GET',
    '/readyz',
    {
      summary: 'Whether the amphora serves: a line for each reason why not',
      answer: 'text',
      unavailable: 'The amphora is not ready.',
    },
    async (context) => {
      const judged = readiness(await amphoraHealth(context), new Date());
      return text(judged.reasons.length === 0 ? 200 : 503, readinessText(judged));
    },
  ),
  route(
    'none',
    'GET',
    '/status.json',
    { summary: 'The amphora at a glance', answer: statusAnswer },
    async (context) => ({ status: 200, body: await (await statusModule()).amphoraStatus(context) }),
  ),
  route(
    'none',
    'GET',
    '/status',
    { summary: 'The amphora at a glance: a page for a browser, otherwise a text', answer: 'page' },
    async (context, { wantsPage }) => {
      const { plainStatus, statusPage } = await statusModule();
      if (!wantsPage) return text(200, await plainStatus(context));
      const { html, policy } = await statusPage(context);
      return {
        status: 200,
        body: Buffer.from(html),
        contentType: 'text/html; charset=UTF-8',
        headers: { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' },
      };
    },
  ),
  route(
    'none',
    'GET',
    '/metrics',
    { summary: 'Metrics of the agent and the amphora, in the text format of OpenMetrics', answer: 'metrics' },
    async (context) => openMetrics(await agentMetrics(context)),
  ),
].map(forMonitoring);

const text = (status: number, content: string): Reply => ({ status, body: Buffer.from(content) });
