import { readFile, writeFile } from 'node:fs/promises';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import type { Amphora } from '../../../sandbox/amphora/amphora.ts';

/** Configures an agent whose reloads always start a new worker. It takes effect at the next start of the agent. */
export async function alwaysReload({ box }: Pick<Amphora, 'box'>): Promise<void> {
  const file = box.file(AGENT_CONFIG_FILE);
  const section = '[haproxy_amphora]';
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(section, `${section}\nruntime_changes = off`));
}
