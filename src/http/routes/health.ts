import { SwitchedOff } from '../../errors.ts';
import { statusAnswer } from '../../schemas/answers.ts';
import { metricsReply, streamedMetrics } from '../replies/metrics-replies.ts';
import type { Reply } from '../replies/replies.ts';
import { forMonitoring, type Route, route } from './route.ts';

/** Loaded for the first request: most amphorae are never looked at. */
const statusModule = () => import('../../operations/health/amphora-status.ts');

/**
 * The routes for probes and monitoring. Their answers are for people and programs beside the controllers. Their code is loaded when
 * it is asked for: /livez needs none.
 */
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
    async (context) => (await import('../replies/readiness-reply.ts')).readinessReply(context),
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
      const { html, policy } = await context.statusPage.get(() => statusPage(context));
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
    { summary: 'Metrics of the agent and the amphora, for Prometheus', answer: 'metrics' },
    async (context, { metricsFormat }) => {
      const { agentMetrics } = await import('../../operations/health/agent-metrics.ts');
      return metricsReply(await agentMetrics(context), metricsFormat);
    },
  ),
  route(
    'none',
    'GET',
    '/metrics/members',
    {
      summary: 'Metrics of the members of all pools, for Prometheus; off without agent_member_metrics',
      answer: 'metrics',
      failures: [404],
    },
    async (context, { metricsFormat }) => {
      if (!context.config().agentMemberMetrics)
        throw new SwitchedOff('metrics of members', 'agent_member_metrics = True', 'amphora_agent');
      const { memberMetrics } = await import('../../operations/health/member-metrics.ts');
      return streamedMetrics(await memberMetrics(context, metricsFormat), metricsFormat);
    },
  ),
].map(forMonitoring);

const text = (status: number, content: string): Reply => ({ status, body: Buffer.from(content) });
