import type { HealthMonitorModel } from '../../schemas/models/health-monitor.ts';
import type { MemberModel } from '../../schemas/models/member.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';

/** What keepalived runs for monitors that it has no check of its own for. */
export interface CheckScripts {
  /** absolute paths of the scripts for UDP members, and for HTTP with other methods than GET */
  readonly udpCheck: string;
  readonly httpCheck: string;
}

/** A block of keepalived.conf: one of its checks. */
export interface Check {
  readonly kind: string;
  readonly settings: readonly string[];
  /** requests that must all succeed, one after the other, before a failed member is taken back; HTTP_GET only */
  readonly urls: readonly (readonly string[])[];
}

/**
 * How keepalived finds out whether a member serves.
 * @returns null where it isn't to
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

/** keepalived counts the checks after the first that failed. */
const retries = ({ max_retries_down, delay }: HealthMonitorModel): string[] => [
  `retry ${max_retries_down - 1}`,
  `delay_before_retry ${delay}`,
];

/** @param grace seconds that the script may take beyond the timeout that it heeds itself */
const script = (command: string, monitor: HealthMonitorModel, grace: number): Check => ({
  kind: 'MISC_CHECK',
  settings: [`misc_path "${command}"`, `misc_timeout ${monitor.timeout + grace}`, ...retries(monitor)],
  urls: [],
});

const httpVersion = ({ http_version }: HealthMonitorModel): string => http_version.toFixed(1);

/** keepalived's own check, which knows GET only. The same request is there as often as a failed member must answer it. */
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

/** The other arguments of the script, as it says itself. */
const request = (monitor: HealthMonitorModel): string =>
  [
    monitor.http_method,
    plainPath(monitor.url_path),
    httpVersion(monitor),
    monitor.expected_codes,
    ...(monitor.domain_name === undefined ? [] : [monitor.domain_name]),
  ].join(' ');

/** keepalived's parser takes some characters for itself, quoted or not; in a URL they can be percent-encoded. */
const plainPath = (path: string): string =>
  path.replaceAll(
    /[^\w./?&=%+:;,@*()-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
