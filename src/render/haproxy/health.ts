import type { HealthMonitorModel } from '../../schemas/models/health-monitor.ts';
import type { MemberModel } from '../../schemas/models/member.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';
import { endpointHost } from './endpoints.ts';
import { literalFormat, word } from './quoting.ts';

/** A pool's health monitor, where it is in force. */
export const activeMonitor = ({ healthmonitor }: PoolModel): HealthMonitorModel | undefined =>
  healthmonitor?.admin_state_up ? healthmonitor : undefined;

/** Lines of a backend: how its members are asked. */
export function checkLines(
  monitor: HealthMonitorModel | undefined,
  asked: { readonly vip: string; readonly pingCommand: string },
): string[] {
  if (monitor === undefined) return [];
  return [
    'load-server-state-from-file global',
    `timeout check ${monitor.timeout}s`,
    ...questionLines(monitor, asked),
  ];
}

function questionLines(
  monitor: HealthMonitorModel,
  { vip, pingCommand }: { readonly vip: string; readonly pingCommand: string },
): string[] {
  switch (monitor.type) {
    case 'HTTP':
    case 'HTTPS':
      return [
        'option httpchk',
        httpQuestion(monitor, vip),
        `http-check expect status ${monitor.expected_codes}`,
      ];
    case 'PING':
      return ['option external-check', `external-check command ${word(pingCommand)}`];
    default:
      return [];
  }
}

/** HTTP/1.1 asks for a Host (RFC 9112, section 3.2); without a name it is the one that clients can always use. */
function httpQuestion(monitor: HealthMonitorModel, vip: string): string {
  const isOld = monitor.http_version === 1;
  const host = monitor.domain_name ?? (isOld ? undefined : endpointHost(vip));
  return [
    `http-check send meth ${monitor.http_method} uri ${word(monitor.url_path)}`,
    `ver HTTP/${isOld ? '1.0' : '1.1'}`,
    ...(host === undefined ? [] : [`hdr Host ${word(literalFormat(host))}`]),
  ].join(' ');
}

/** Options of a member's line: whether and how it is checked. */
export function checkOptions(pool: PoolModel, member: MemberModel): string[] {
  const monitor = activeMonitor(pool);
  if (monitor === undefined) return [];
  return [
    ...['check', 'inter', `${monitor.delay}s`],
    ...['fall', `${monitor.max_retries_down}`, 'rise', `${monitor.max_retries}`],
    ...(member.monitor_address === undefined ? [] : ['addr', endpointHost(member.monitor_address)]),
    ...(member.monitor_port === undefined ? [] : ['port', `${member.monitor_port}`]),
    ...tlsCheckOptions(monitor, pool),
  ];
}

/**
 * A pool that speaks TLS to its members says itself how they are verified; others don't verify at all. A check speaks
 * HTTP/1 whatever ALPN offers, so it must not offer what it can't speak.
 */
function tlsCheckOptions({ type, domain_name }: HealthMonitorModel, pool: PoolModel): string[] {
  const isForced = type === 'HTTPS' || type === 'TLS-HELLO';
  if (!isForced && !pool.tls_enabled) return [];
  return [
    ...(isForced ? ['check-ssl'] : []),
    ...(domain_name === undefined ? [] : ['check-sni', domain_name]),
    ...(pool.tls_enabled ? ['check-alpn', 'http/1.1'] : ['verify', 'none']),
  ];
}
