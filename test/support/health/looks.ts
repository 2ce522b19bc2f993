import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { PROGRAMS } from '../amphora/amphora-lab.ts';
import type { FaultLab } from '../amphora/fault-lab.ts';

/** Asks an amphora for everything that says whether it is well. */
export async function looksOf({ ask, amphora }: Pick<FaultLab, 'ask' | 'amphora'>) {
  const command = [...PROGRAMS.agent, '--config-file', AGENT_CONFIG_FILE, 'ready'] as const;
  const { exitCode, output } = await amphora.exec(command, { okCodes: [0, 1, 2] });
  return {
    readyz: await ask('GET', '/readyz'),
    command: { exitCode, output },
    metrics: await ask('GET', '/metrics'),
    members: await ask('GET', '/metrics/members'),
    status: await ask('GET', '/status.json'),
  };
}
