import { expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import type { Host } from '../../../../src/host/host.ts';
import { writeRecoveryUnit } from '../../../../src/operations/upgrade/run/recovery-unit.ts';
import type { RunContext } from '../../../../src/operations/upgrade/run/run-context.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const LOAD_BALANCER = '11111111-1111-4111-8111-111111111111';
const LISTENER = '22222222-2222-4222-8222-222222222222';

it('the unit for the next boot comes before every service that runs a program of the packages', async () => {
  const { config } = loadConfig('agent.conf', `[amphora_agent]\namphora_id = ${AMPHORA}\n`);
  const paths = createPaths(config);
  const directories = new Map([
    [paths.base, [LOAD_BALANCER, 'lvs']],
    [paths.lvsDirectory, [`octavia-keepalivedlvs-${LISTENER}.conf`]],
  ]);
  const written: string[] = [];
  const files = {
    list: async (directory: string) => directories.get(directory) ?? [],
    exists: async () => true,
    write: async (_file: string, text: string) => void written.push(text),
    makeDirectory: async () => undefined,
    link: async () => undefined,
  };
  await writeRecoveryUnit({
    ...{ paths, configFile: 'agent.conf', program: ['/runner/node'] },
    host: { files } as unknown as Host,
  } as unknown as RunContext);
  expect(/^Before=(.*)$/m.exec(written.join(''))?.[1]?.split(' ')).toEqual([
    `haproxy-${LOAD_BALANCER}.service`,
    `octavia-keepalivedlvs-${LISTENER}.service`,
    'octavia-keepalived.service',
    'prometheus-proxy.service',
    'amphora-agent.service',
  ]);
});
