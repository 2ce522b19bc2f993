import { endpointHost } from '../../domain/network/endpoints.ts';
import type { HealthMonitorModel } from '../../schemas/models/health-monitor.ts';
import type { MemberModel } from '../../schemas/models/member.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';
import { literalFormat, word } from './quoting.ts';

/** Returns the enabled health monitor of a pool, if there is one. */
export const activeMonitor = ({ healthmonitor }: PoolModel): HealthMonitorModel | undefined =>
  healthmonitor?.admin_state_up ? healthmonitor : undefined;

/** Returns the lines of a backend that configure the checks of its members. */
export function checkLines(
  monitor: HealthMonitorModel | undefined,
  target: { readonly vip: string; readonly pingCommand: string },
): string[] {
  if (monitor === undefined) return [];
  return [
    'load-server-state-from-file global',
    `timeout check ${monitor.timeout}s`,
    ...methodLines(monitor, target),
  ];
}

function methodLines(
  monitor: HealthMonitorModel,
  { vip, pingCommand }: { readonly vip: string; readonly pingCommand: string },
): string[] {
  switch (monitor.type) {
    case 'HTTP':
    case 'HTTPS':
      return [
        'option httpchk',
        httpMethodLine(monitor, vip),
        `http-check expect status ${monitor.expected_codes}`,
      ];
    case 'PING':
      return ['option external-check', `external-check command ${word(pingCommand)}`];
    default:
      return [];
  }
}

/**
 * HTTP/1.1 requires a Host header (RFC 9112, section 3.2). Without a domain name it is the VIP, which clients can always
 * use.
 */
function httpMethodLine(monitor: HealthMonitorModel, vip: string): string {
  const isOld = monitor.http_version === 1;
  const host = monitor.domain_name ?? (isOld ? undefined : endpointHost(vip));
  return [
    `http-check send meth ${monitor.http_method} uri ${word(monitor.url_path)}`,
    `ver HTTP/${isOld ? '1.0' : '1.1'}`,
    ...(host === undefined ? [] : [`hdr Host ${word(literalFormat(host))}`]),
  ].join(' ');
}

/** Returns the options of a member's line that configure its check. */
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
 * Returns the TLS options of a check. A pool with TLS to its members has its own options for verification; other pools don't
 * verify members. A check always uses HTTP/1, so its ALPN must offer nothing else.
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
