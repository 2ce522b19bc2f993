import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { AgentConfig } from '../../../src/config/options.ts';
import { InvalidConfiguration } from '../../../src/errors.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const LEAST = `[amphora_agent]\namphora_id = ${AMPHORA}\n`;

const load = (text: string): AgentConfig => loadConfig('agent.conf', LEAST + text).config;

function refusal(text: string): string {
  try {
    loadConfig('agent.conf', text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfiguration);
    return String(error instanceof Error && error.message);
  }
  return expect.unreachable('accepted');
}

describe('a configuration file with only the amphora id', () => {
  it('gives the documented defaults', () => {
    expect(loadConfig('agent.conf', LEAST)).toEqual({
      warnings: [],
      config: {
        debug: false,
        useSyslog: false,
        syslogLogFacility: 'LOG_USER',
        basePath: '/var/lib/octavia',
        baseCertDir: '/var/lib/octavia/certs',
        bindHost: '::',
        bindPort: 9443,
        haproxyCmd: '/usr/sbin/haproxy',
        haproxyHardStopAfter: 0,
        haproxyTlsCacheLimit: 512,
        userLogFacility: 0,
        administrativeLogFacility: 1,
        controllers: [],
        heartbeatInterval: 10,
        heartbeatKey: undefined,
        heartbeatVersion: 'auto',
        agentServerCa: '/etc/octavia/certs/client_ca.pem',
        agentClientCrl: undefined,
        runtimeChanges: 'auto',
        agentMemberMetrics: false,
        rejectUnsafeConfig: false,
        drift: 'report',
        driftInterval: 60,
        upgradePublicKey: '/etc/octavia/upgrade.pem',
        upgradeDeadline: 30,
        agentServerCert: '/etc/octavia/certs/server.pem',
        agentServerNetworkDir: '/etc/octavia/interfaces/',
        requestReadTimeout: 180,
        minTlsVersion: 'TLSv1.2',
        amphoraId: AMPHORA,
        serviceManager: 'auto',
        interfaceFileFormat: 'json',
        topology: 'SINGLE',
      },
    });
  });

  it('gives an immutable configuration', () => {
    const config = load('[health_manager]\nheartbeat_key = k\ncontroller_ip_port_list = 192.0.2.1:1\n');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.controllers)).toBe(true);
    expect(Object.isFrozen(config.controllers[0])).toBe(true);
  });
});

describe('a full configuration file, as a controller writes it', () => {
  const config = load(`
agent_server_ca = /etc/octavia/certs/client_ca.pem
agent_server_cert = /etc/octavia/certs/server.pem
agent_request_read_timeout = 60
amphora_udp_driver = keepalived_lvs
agent_tls_protocol = TLSv1.3
user_log_facility = 2
administrative_log_facility = 3
[DEFAULT]
debug = True
use_syslog = True
syslog_log_facility = LOG_LOCAL3
[haproxy_amphora]
base_cert_dir = /srv/certs
base_path = /srv/octavia
bind_host = 192.0.2.7
bind_port = 9000
haproxy_cmd = /usr/local/sbin/haproxy
respawn_count = 2
use_upstart = True
[health_manager]
controller_ip_port_list = 192.0.2.1:5555, [2001:db8::1]:5555
heartbeat_interval = 5
heartbeat_key = a=b#c
[controller_worker]
loadbalancer_topology = ACTIVE_STANDBY
`);

  it('gives every option its value and ignores unknown options', () => {
    expect(config).toMatchObject({
      debug: true,
      useSyslog: true,
      syslogLogFacility: 'LOG_LOCAL3',
      basePath: '/srv/octavia',
      bindHost: '192.0.2.7',
      bindPort: 9000,
      userLogFacility: 2,
      administrativeLogFacility: 3,
      controllers: [
        { host: '192.0.2.1', port: 5555 },
        { host: '2001:db8::1', port: 5555 },
      ],
      heartbeatInterval: 5,
      heartbeatKey: 'a=b#c',
      requestReadTimeout: 60,
      minTlsVersion: 'TLSv1.3',
      topology: 'ACTIVE_STANDBY',
    });
  });
});

describe('the log facilities', () => {
  it('are read from haproxy_amphora if amphora_agent has none', () => {
    expect(load('[haproxy_amphora]\nuser_log_facility = 4').userLogFacility).toBe(4);
  });
  it('are read from amphora_agent first', () => {
    expect(load('user_log_facility = 5\n[haproxy_amphora]\nuser_log_facility = 4').userLogFacility).toBe(5);
  });
});

describe('the smallest TLS version', () => {
  it.each(['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2'])('is never below 1.2, also for %s', (asked) => {
    expect(load(`agent_tls_protocol = ${asked}`).minTlsVersion).toBe('TLSv1.2');
  });
});

describe('references to other options', () => {
  it.each([
    ['base_path = ${haproxy_amphora.base_cert_dir}/x', '/var/lib/octavia/certs/x'],
    ['base_path = $base_cert_dir', '/var/lib/octavia/certs'],
    ['base_cert_dir = /c\nbase_path = $base_cert_dir/$bind_port', '/c/9443'],
    ['base_path = /$debug', '/False'],
    ['base_path = /${amphora_agent.amphora_id}', `/${AMPHORA}`],
    ['base_path = /x${health_manager.heartbeat_interval}', '/x10'],
  ])('are replaced: %j', (text, basePath) => {
    expect(load(`[haproxy_amphora]\n${text}`).basePath).toBe(basePath);
  });

  it.each([
    ['a$$b', 'a$b'],
    ['a\\$b', 'a$b'],
    ['a$', 'a$'],
    ['$1', '$1'],
    ['${', '${'],
    ['$$$$', '$$'],
  ])('but %j in a key is no reference', (written, key) => {
    expect(load(`[health_manager]\nheartbeat_key = ${written}`).heartbeatKey).toBe(key);
  });

  it.each([
    ['$nowhere', '"$nowhere" refers to nowhere, which is unknown'],
    ['${x.y}', '"${x.y}" refers to x.y, which is unknown'],
    ['${DEFAULT.debug}', '"${DEFAULT.debug}" refers to DEFAULT.debug, which is unknown'],
    ['$base_path', '"$base_path" refers to base_path, which refers back to it'],
    [
      '$base_cert_dir\nbase_cert_dir = $base_path',
      '"$base_cert_dir" refers to base_cert_dir, which refers to base_path, which refers back to it',
    ],
    [
      '${health_manager.heartbeat_key}',
      '"${health_manager.heartbeat_key}" refers to health_manager.heartbeat_key, which is a secret',
    ],
    [
      '${health_manager.controller_ip_port_list}',
      '"${health_manager.controller_ip_port_list}" refers to health_manager.controller_ip_port_list, which is a list',
    ],
  ])('are refused if their target does not exist: %s', (written, reason) => {
    expect(refusal(`${LEAST}[haproxy_amphora]\nbase_path = ${written}`)).toBe(
      `agent.conf: [haproxy_amphora] base_path: ${reason}`,
    );
  });
});

describe('a configuration that ends the start', () => {
  it.each([
    ['', '[amphora_agent] amphora_id: is missing'],
    ['[amphora_agent]\namphora_id =', '[amphora_agent] amphora_id: "" is not a UUID'],
    ['[amphora_agent]\namphora_id = ../x', '[amphora_agent] amphora_id: "../x" is not a UUID'],
    [
      `${LEAST}[health_manager]\ncontroller_ip_port_list = 192.0.2.1:1`,
      '[health_manager] heartbeat_key: is missing, though controller_ip_port_list has controllers',
    ],
    [
      `${LEAST}[health_manager]\nheartbeat_key =\ncontroller_ip_port_list = bad`,
      '[health_manager] heartbeat_key: is missing, though controller_ip_port_list has controllers',
    ],
    [
      `${LEAST}[DEFAULT]\ndebug = maybe`,
      '[DEFAULT] debug: "maybe" is not a boolean (true/1/yes/on or false/0/no/off)',
    ],
    [`${LEAST}[haproxy_amphora]\nbind_port = x`, '[haproxy_amphora] bind_port: "x" is not a whole number'],
    [`${LEAST}[haproxy_amphora]\nbind_port =`, '[haproxy_amphora] bind_port: "" is not a whole number'],
    [
      `${LEAST}[haproxy_amphora]\nbind_port = 65536`,
      '[haproxy_amphora] bind_port: "65536" is not between 0 and 65535',
    ],
    [
      `${LEAST}[haproxy_amphora]\nbind_host = eth0`,
      '[haproxy_amphora] bind_host: "eth0" is not an IPv4 or IPv6 address',
    ],
    [
      `${LEAST}[haproxy_amphora]\nbase_path = /a\n b`,
      '[haproxy_amphora] base_path: "/a\\nb" is not an absolute path of letters, digits and . , : @ + - _',
    ],
    [
      `${LEAST}[haproxy_amphora]\nuser_log_facility = 8`,
      '[haproxy_amphora] user_log_facility: "8" is not between 0 and 7',
    ],
    [
      `${LEAST}[controller_worker]\nloadbalancer_topology = single`,
      '[controller_worker] loadbalancer_topology: "single" is not one of SINGLE, ACTIVE_STANDBY',
    ],
    [
      `${LEAST}agent_tls_protocol = TLSv1.4`,
      '[amphora_agent] agent_tls_protocol: "TLSv1.4" is not one of SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3',
    ],
    [
      `${LEAST}agent_server_cert = server.pem`,
      '[amphora_agent] agent_server_cert: "server.pem" is not an absolute path',
    ],
    [
      `${LEAST}service_manager = runit`,
      '[amphora_agent] service_manager: "runit" is not one of auto, systemd, supervisor',
    ],
    [
      `${LEAST}[health_manager]\nheartbeat_version = 2`,
      '[health_manager] heartbeat_version: "2" is not one of auto, 1, 3',
    ],
  ])('%j', (text, message) => {
    expect(refusal(text)).toBe(`agent.conf: ${message}`);
  });

  it.each(['0', '-1', '0.0', 'x', '', '1e3', '2147484'])('is a heartbeat_interval of %j', (interval) => {
    expect(refusal(`${LEAST}[health_manager]\nheartbeat_interval = ${interval}`)).toContain(
      'agent.conf: [health_manager] heartbeat_interval: ',
    );
  });

  it('does not include one with an invalid controller: the others still get their heartbeats', () => {
    const text = `${LEAST}[health_manager]\nheartbeat_key = k\ncontroller_ip_port_list = 192.0.2.1,192.0.2.2:2\n`;
    expect(loadConfig('agent.conf', text)).toMatchObject({
      config: { controllers: [{ host: '192.0.2.2', port: 2 }] },
      warnings: [
        'agent.conf: [health_manager] controller_ip_port_list: "192.0.2.1" is left out: it has no port',
      ],
    });
  });

  it('is reported in a line of bounded length', () => {
    expect(refusal(`${LEAST}[haproxy_amphora]\nbind_port = ${'9'.repeat(10_000)}`).length).toBeLessThan(300);
  });
});

describe('heartbeat_interval', () => {
  it.each([
    ['1', 1],
    ['0.25', 0.25],
    ['1_000', 1000],
  ])('of %s is %d seconds', (written, seconds) => {
    expect(load(`[health_manager]\nheartbeat_interval = ${written}`).heartbeatInterval).toBe(seconds);
  });
});

describe('the heartbeat key', () => {
  it('is in no error message', () => {
    const secret = fc.stringMatching(/^[$"'{}=:;#\\a-z ]{0,4}CANARY[$"'{}=:;#\\a-z ]{0,4}$/);
    const fault = fc.constantFrom(
      '',
      'junk CANARY',
      '[haproxy_amphora]\nbase_path = ${health_manager.heartbeat_key}',
      '[haproxy_amphora]\nbind_port = x',
      'controller_ip_port_list = $heartbeat_key',
      'heartbeat_interval = ${health_manager.heartbeat_key}',
    );
    fc.assert(
      fc.property(secret, fault, (key, wrong) => {
        try {
          const { warnings } = loadConfig(
            'agent.conf',
            `${LEAST}[health_manager]\nheartbeat_key = ${key}\n${wrong}\n`,
          );
          expect(warnings.join()).not.toContain('CANARY');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidConfiguration);
          expect(String(error)).not.toMatch(/CANARY|\n/);
        }
      }),
    );
  });
});
