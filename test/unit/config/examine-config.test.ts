import { describe, expect, it } from 'vitest';
import { examineConfig, loadUsableConfig } from '../../../src/config/load-config.ts';

const LEAST = '[amphora_agent]\namphora_id = 3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f\n';

const faultsOf = (text: string): string[] =>
  examineConfig('agent.conf', text).faults.map(({ message }) => message);
const warningsOf = (text: string): readonly string[] => examineConfig('agent.conf', LEAST + text).warnings;

describe('a configuration with faults', () => {
  it('has all of them reported at once', () => {
    const text = `[DEFAULT]
debug = maybe
no option
[haproxy_amphora]
bind_port = 70000
[health_manager]
controller_ip_port_list = 10.0.0.1:5555
`;
    expect(faultsOf(text)).toEqual([
      'agent.conf: line 3: neither a section, nor a comment, nor "option = value"',
      'agent.conf: [DEFAULT] debug: "maybe" is not a boolean (true/1/yes/on or false/0/no/off)',
      'agent.conf: [haproxy_amphora] bind_port: "70000" is not between 0 and 65535',
      'agent.conf: [amphora_agent] amphora_id: is missing',
      'agent.conf: [health_manager] heartbeat_key: is missing, though controller_ip_port_list has controllers',
    ]);
    expect(examineConfig('agent.conf', text).config).toBeUndefined();
  });
});

describe('what a boot can use of a configuration with faults', () => {
  it('has the default of each option that is wrong, the others as they are, and says what is wrong', () => {
    const text = `${LEAST}[haproxy_amphora]\nbind_port = none\nbase_path = /srv/octavia\nno option\n`;
    const { config, warnings } = loadUsableConfig('agent.conf', text);
    expect(config).toMatchObject({ bindPort: 9443, basePath: '/srv/octavia' });
    expect(warnings).toEqual(faultsOf(text));
    expect(warnings).toHaveLength(2);
  });

  it('is nothing where an option is missing that has no default', () => {
    expect(() => loadUsableConfig('agent.conf', '[amphora_agent]\n')).toThrow('amphora_id: is missing');
  });
});

describe('a configuration without faults', () => {
  it.each([
    [
      '[amphora_agnt]\nx = 1',
      'agent.conf: [amphora_agnt]: unknown section, ignored; did you mean [amphora_agent]?',
    ],
    ['[mine]\nx = 1', 'agent.conf: [mine]: unknown section, ignored'],
    [
      '[haproxy_amphora]\nbind_prt = 1',
      'agent.conf: [haproxy_amphora] bind_prt: unknown option, ignored; did you mean bind_port?',
    ],
    [
      '[haproxy_amphora]\nheartbeat_interval = 1',
      'agent.conf: [haproxy_amphora] heartbeat_interval: unknown option, ignored: it belongs in [health_manager]',
    ],
    [
      '[haproxy_amphora]\nheartbeat_intervall = 1',
      'agent.conf: [haproxy_amphora] heartbeat_intervall: unknown option, ignored; did you mean heartbeat_interval of [health_manager]?',
    ],
    [
      '[haproxy_amphora]\nbind_port = 1\nbind_port = 2',
      'agent.conf: [haproxy_amphora] bind_port: given 2 times (lines 4, 5): the last one counts',
    ],
    [
      '[amphora_agent]\nagent_tls_protocol = TLSv1.1',
      'agent.conf: [amphora_agent] agent_tls_protocol: TLSv1.1 is raised to TLSv1.2, the lowest version that the agent offers',
    ],
  ])('has %j reported', (text, warning) => {
    expect(warningsOf(text)).toEqual([warning]);
  });

  it("has no report about options of Octavia's controllers that this agent does not use", () => {
    const text = `[amphora_agent]
amphora_udp_driver = keepalived_lvs
tenant_log_targets = 10.0.0.1:514
[haproxy_amphora]
respawn_count = 2
use_upstart = true
[health_manager]
heartbeat_timeout = 60
[controller_worker]
amp_active_retries = 30
[keepalived_vrrp]
vrrp_advert_int = 1
[DEFAULT]
log_file = /var/log/amphora-agent.log
`;
    expect(warningsOf(text)).toEqual([]);
  });

  it('never has a value reported', () => {
    const text = '[health_manager]\nheartbeat_key = SECRET\nheartbeat_key = SECRET\nhartbeat_key = SECRET\n';
    expect(warningsOf(text)).toHaveLength(2);
    expect(warningsOf(text).join()).not.toContain('SECRET');
  });
});
