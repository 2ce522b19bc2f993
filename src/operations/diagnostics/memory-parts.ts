import { askLocalAgent } from '../../host/local-agent.ts';
import { driftReport } from '../drift/drift-reports.ts';
import { type DiagnosticsContext, jsonPart, type Part, type RunningAgent } from './part.ts';

/** The longest time in which the agent answers a command, in ms: it waits 5 s for each part of the amphora. */
const ANSWER_MS = 7_000;
const [OK, NOT_READY] = [200, 503];

/** Returns the parts that only the running agent knows. They are known also when the disk hangs. */
export const memoryParts = (context: DiagnosticsContext): Part[] =>
  context.running === undefined ? askedParts(context) : knownParts(context, context.running);

const knownParts = ({ config }: DiagnosticsContext, running: RunningAgent): Part[] => [
  { name: 'agent/readyz.txt', read: running.readiness },
  jsonPart('agent/status.json', running.status),
  jsonPart('agent/drift.json', async () => driftReport({ config, ...running })),
  jsonPart('agent/requests.json', async () => running.recent.requests.entries()),
  jsonPart('agent/failed-changes.json', async () => running.recent.failedChanges.entries()),
  jsonPart('agent/heartbeats.json', () => running.recent.heartbeats()),
  jsonPart('agent/reloads.json', async () => running.reloads.status()),
];

/** Returns the same parts for a command beside the agent. The agent gives a command only what it gives a monitor. */
const askedParts = (context: DiagnosticsContext): Part[] => [
  { name: 'agent/readyz.txt', deadlineMs: ANSWER_MS, read: () => answerOf(context, '/readyz') },
  askedReport(context, 'agent/status.json', '/status.json'),
  askedReport(context, 'agent/drift.json', '/drift'),
  ...['requests', 'failed-changes', 'heartbeats', 'reloads'].map((name) =>
    jsonPart(`agent/${name}.json`, () =>
      Promise.reject(new Error('only the running agent knows it: see GET /diagnostics')),
    ),
  ),
];

const askedReport = (context: DiagnosticsContext, name: string, target: string): Part => ({
  ...jsonPart(name, async () => JSON.parse(await answerOf(context, target))),
  deadlineMs: ANSWER_MS,
});

/** @throws SocketSilent when no agent answers, Error when it refuses the request */
async function answerOf({ paths }: DiagnosticsContext, target: string): Promise<string> {
  const { status, body } = await askLocalAgent(paths.local.socket, { method: 'GET', target }, ANSWER_MS);
  if (status !== OK && status !== NOT_READY)
    throw new Error(`the agent answered GET ${target} with ${status}: ${body}`);
  return body;
}
