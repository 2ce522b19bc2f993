import type { HealthMonitorModel } from '../../schemas/models/health-monitor.ts';
import type { MemberModel } from '../../schemas/models/member.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';

/** The scripts for monitors for which keepalived has no check of its own. */
export interface CheckScripts {
  /** absolute paths of the scripts for UDP members, and for HTTP monitors whose method is not GET */
  readonly udpCheck: string;
  readonly httpCheck: string;
}

/** A check in keepalived.conf: one block. */
export interface Check {
  readonly kind: string;
  readonly settings: readonly string[];
  /** requests that must all succeed in sequence before a failed member is used again; HTTP_GET only */
  readonly urls: readonly (readonly string[])[];
}

/**
 * Returns keepalived's check of a member.
 * @returns null when the pool has no active monitor
 */
export function checkOf(
  { healthmonitor: monitor }: PoolModel,
  member: MemberModel,
  { udpCheck, httpCheck }: CheckScripts,
): Check | null {
  if (monitor === undefined || !monitor.admin_state_up) return null;
  const address = member.monitor_address ?? member.address;
  const port = member.monitor_port ?? member.protocol_port;
  const connection = [
    `connect_ip ${address}`,
    `connect_port ${port}`,
    `connect_timeout ${monitor.timeout}`,
    ...retries(monitor),
  ];
  switch (monitor.type) {
    case 'HTTP':
      return monitor.http_method === 'GET'
        ? httpGet(monitor, connection)
        : script(`${httpCheck} ${address} ${port} ${request(monitor)}`, monitor, 0);
    case 'TCP':
      return { kind: 'TCP_CHECK', settings: connection, urls: [] };
    case 'SCTP':
      return script(`amphora-health-checker sctp -t ${monitor.timeout} ${address} ${port}`, monitor, 1);
    default:
      return script(`${udpCheck} ${address} ${port}`, monitor, 0);
  }
}

/** keepalived's `retry` counts only the checks after the first failure. */
const retries = ({ max_retries_down, delay }: HealthMonitorModel): string[] => [
  `retry ${max_retries_down - 1}`,
  `delay_before_retry ${delay}`,
];

/** @param grace seconds that the script may run beyond its own timeout */
const script = (command: string, monitor: HealthMonitorModel, grace: number): Check => ({
  kind: 'MISC_CHECK',
  settings: [`misc_path "${command}"`, `misc_timeout ${monitor.timeout + grace}`, ...retries(monitor)],
  urls: [],
});

const httpVersion = ({ http_version }: HealthMonitorModel): string => http_version.toFixed(1);

/** Returns keepalived's own check, which supports only GET. It repeats the request as often as a failed member must pass. */
function httpGet(monitor: HealthMonitorModel, connection: readonly string[]): Check {
  const { url_path, expected_codes, domain_name, max_retries } = monitor;
  const url = [
    `path ${plainPath(url_path)}`,
    `status_code ${expected_codes.replaceAll(',', ' ')}`,
    ...(domain_name === undefined ? [] : [`virtualhost ${domain_name}`]),
  ];
  return {
    kind: 'HTTP_GET',
    settings: [`http_protocol ${httpVersion(monitor)}`, ...connection],
    urls: Array.from({ length: max_retries }, () => url),
  };
}

/** Returns the other arguments of the HTTP script. A comment in the script describes them. */
const request = (monitor: HealthMonitorModel): string =>
  [
    monitor.http_method,
    plainPath(monitor.url_path),
    httpVersion(monitor),
    monitor.expected_codes,
    ...(monitor.domain_name === undefined ? [] : [monitor.domain_name]),
  ].join(' ');

/** Percent-encodes the characters that are special to keepalived's parser, even in quotes. */
const plainPath = (path: string): string =>
  path.replaceAll(
    /[^\w./?&=%+:;,@*()-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
