import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../src/errors.ts';
import { AGENT_BASE_PATH } from './amphora/agent-config.ts';
import type { Amphora } from './amphora/amphora.ts';
import { StepFailed } from './stage.ts';

const AGENT_LOG_CHARACTERS = 4000;
const SERVICE_LOG_LINES = 15;
/** The directory in which the agent's supervisor writes the output of haproxy and keepalived, one file for each service. */
const SERVICE_LOGS = `${AGENT_BASE_PATH}/supervisor`;

/**
 * Returns a report about a failed step: the reason, then the last lines of haproxy and keepalived, then those of the agent.
 * @param amphora undefined if the failure came before the amphora was made
 */
export async function failureReport(
  error: unknown,
  amphora: Pick<Amphora, 'agentLog' | 'box' | 'readText'> | undefined,
): Promise<string> {
  const where = error instanceof StepFailed ? `step "${error.step}"` : 'the sandbox';
  const logs = amphora === undefined ? [] : [...(await serviceLogs(amphora)), agentLog(amphora)];
  const parts = logs
    .filter(({ lines }) => lines !== '')
    .map(({ name, lines }) => `the last lines of ${name}:\n${lines}`);
  return [`${where} failed: ${reasonOf(error)}`, ...parts].map((part) => `\n${part}\n`).join('');
}

/** The last lines of a log. */
interface LogEnd {
  readonly name: string;
  readonly lines: string;
}

const agentLog = (amphora: Pick<Amphora, 'agentLog'>): LogEnd => ({
  name: 'the agent',
  lines: amphora.agentLog().slice(-AGENT_LOG_CHARACTERS).trimEnd(),
});

/** Returns the last lines of each service's log; an empty list if no service was started. */
async function serviceLogs({ box, readText }: Pick<Amphora, 'box' | 'readText'>): Promise<LogEnd[]> {
  const files = await readdir(box.file(SERVICE_LOGS)).catch(() => []);
  const logs = files.filter((file) => file.endsWith('.log')).sort();
  return Promise.all(
    logs.map(async (file) => {
      const lines = (await readText(path.join(SERVICE_LOGS, file))).trimEnd().split('\n');
      return { name: path.basename(file, '.log'), lines: lines.slice(-SERVICE_LOG_LINES).join('\n') };
    }),
  );
}
