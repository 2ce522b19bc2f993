import { readFile } from 'node:fs/promises';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { haproxyService } from '../../../src/domain/paths.ts';
import { createHaproxySockets } from '../../../src/host/haproxy/haproxy-socket.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { STATES_COMMAND, serverStates } from '../../support/haproxy/server-states.ts';
import { run } from './machine-snapshot.ts';

const ANSWER_MS = 5000;

/** The states of members that an agent has saved for a load balancer's haproxy. */
export const savedStates = (loadBalancer: string): Promise<string> =>
  readFile(`/var/lib/octavia/${loadBalancer}/servers-state`, 'utf8');

/** Kills the haproxy of a load balancer and waits until systemd has started it again. @returns the ports of its members then */
export async function portsAfterCrash(loadBalancer: string): Promise<string[]> {
  const haproxy = createHaproxySockets();
  const ask = (command: string) => haproxy.ask(`/var/lib/octavia/${loadBalancer}.sock`, command, ANSWER_MS);
  const worker = async () => /^Pid: .*$/m.exec(await ask('show info'))?.[0];
  const before = await worker();
  run('systemctl', 'kill', '--signal=KILL', haproxyService(loadBalancerId(loadBalancer)));
  await until(async () => (await worker().catch(() => before)) !== before);
  const { configured } = serverStates(await ask(STATES_COMMAND));
  return Object.values(configured).map(({ srv_port = '' }) => srv_port);
}
