import type { AgentConfig } from '../../config/options.ts';
import { isOfThisMachine } from '../../domain/self-test/machine.ts';
import type { StartFacts } from '../../host/start-facts.ts';

type CheckedConfig = Pick<AgentConfig, 'bindHost' | 'controllers'>;

/**
 * Finds faults of a configuration on this machine that don't prevent the start of the agent.
 * @returns one line for each fault; empty without faults
 */
export function startNotices(config: CheckedConfig, facts: Pick<StartFacts, 'addresses'>): string[] {
  const notices: string[] = [];
  if (config.controllers.length === 0) {
    notices.push(
      '[health_manager] controller_ip_port_list: no controller is listed: no heartbeats will be sent',
    );
  }
  if (!isOfThisMachine(config.bindHost, facts.addresses())) {
    notices.push(
      `[haproxy_amphora] bind_host: no interface has the address ${config.bindHost}: the API listens once an interface has it`,
    );
  }
  return notices;
}
