import { endpoint } from '../../domain/network/endpoints.ts';
import { vipAddresses } from '../../schemas/models/checks/lvs-checks.ts';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { LoadBalancerModel } from '../../schemas/models/load-balancer.ts';
import { backendName } from './backend.ts';
import type { CertificateStore } from './certificates.ts';
import { hstsLines } from './headers.ts';
import { policyLines } from './policies.ts';
import { listenerMode, type ProxyMode } from './proxy-mode.ts';
import { literalFormat, word } from './quoting.ts';
import { milliseconds } from './times.ts';
import { bindOptions } from './tls.ts';

/** The backend of PROMETHEUS listeners. */
const EXPORTER_BACKEND = 'prometheus-exporter-internal';

/** One listener. Each line is a whole directive. */
export interface FrontendView {
  readonly name: string;
  readonly mode: ProxyMode;
  readonly connectionLimit: number;
  readonly binds: readonly string[];
  readonly lines: readonly string[];
  /** empty when the listener refuses all requests that no policy takes */
  readonly defaultBackend: string;
  readonly timeoutClient: string;
  readonly logFormat: string;
}

export function frontendView(
  listener: ListenerModel,
  model: LoadBalancerModel,
  store: CertificateStore,
): FrontendView {
  const mode = listenerMode(listener);
  const { acls, requests, useBackends } = policyLines(listener);
  const options = bindOptions(listener, store);
  return {
    name: listener.listener_id,
    mode,
    connectionLimit: listener.connection_limit,
    binds: vipAddresses(model).map((address) =>
      ['bind', endpoint(address, listener.protocol_port), ...options].join(' '),
    ),
    lines: [
      ...sourceLines(listener.allowed_cidrs),
      ...(listener.timeout_tcp_inspect === 0
        ? []
        : [`tcp-request inspect-delay ${listener.timeout_tcp_inspect}`]),
      ...acls,
      ...requests,
      ...hstsLines(listener),
      ...useBackends,
    ],
    defaultBackend: defaultBackend(listener),
    timeoutClient: milliseconds(listener.timeout_client_data),
    logFormat: logFormat(listener, model),
  };
}

function defaultBackend(listener: ListenerModel): string {
  if (listener.protocol === 'PROMETHEUS') return EXPORTER_BACKEND;
  const pool = listener.default_pool;
  return pool?.admin_state_up ? backendName(pool, listener) : '';
}

/** Returns the lines that restrict the client addresses. An empty list allows every client. */
const sourceLines = (cidrs: readonly string[]): string[] =>
  cidrs.length === 0
    ? []
    : [
        ...cidrs.map((cidr) => `acl allowed_cidrs src ${cidr}`),
        'tcp-request connection reject if !allowed_cidrs',
      ];

/** Returns Octavia's [haproxy_amphora] user_log_format. In mode tcp its fields for requests are empty. */
function logFormat(listener: ListenerModel, model: LoadBalancerModel): string {
  const reads = listenerMode(listener) === 'http';
  const project = (model.project_id ?? '').replaceAll(' ', '') || '-';
  const format = [
    literalFormat(project),
    model.loadbalancer_id,
    '%f %ci %cp %t',
    reads ? '%{+Q}r %ST' : '- -',
    '%B %U %[ssl_c_verify] %{+Q}[ssl_c_s_dn] %b %s %Tt %tsc',
  ].join(' ');
  return word(format);
}
