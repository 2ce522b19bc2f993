import { endpoint } from '../../domain/network/endpoints.ts';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { LoadBalancerModel } from '../../schemas/models/load-balancer.ts';
import type { MemberModel } from '../../schemas/models/member.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';
import type { CertificateStore } from './certificates.ts';
import { headerLines } from './headers.ts';
import { activeMonitor, checkLines, checkOptions } from './health.ts';
import { persistenceLines } from './persistence.ts';
import { activePolicies } from './policies.ts';
import { modeOf } from './proxy-mode.ts';
import { milliseconds } from './times.ts';
import { serverOptions, terminatesTls } from './tls.ts';

/** One pool of one listener. Each line is a whole directive. */
export interface BackendView {
  readonly name: string;
  readonly mode: 'http' | 'tcp';
  readonly balance: string;
  readonly lines: readonly string[];
  readonly fullconn: number;
  readonly timeoutConnect: string;
  readonly timeoutServer: string;
  readonly servers: readonly string[];
}

export interface BackendContext {
  readonly model: LoadBalancerModel;
  readonly listener: ListenerModel;
  readonly store: CertificateStore;
  /** name of the peers section; undefined when there is none */
  readonly peers: string | undefined;
  readonly pingCommand: string;
}

const BALANCE: Record<PoolModel['lb_algorithm'], string> = {
  ROUND_ROBIN: 'roundrobin',
  LEAST_CONNECTIONS: 'leastconn',
  SOURCE_IP: 'source',
  // haproxy has no balance by address and port; a model with it is refused unless keepalived serves the listener
  SOURCE_IP_PORT: 'source',
};

/** Returns the pools that a listener sends traffic to, without duplicates. Disabled pools and policies are left out. */
export const poolsOf = (listener: ListenerModel): PoolModel[] => {
  const pools = [listener.default_pool, ...activePolicies(listener).map((policy) => policy.redirect_pool)];
  const enabled = pools.filter((pool) => pool?.admin_state_up === true);
  return [...new Map(enabled.map((pool) => [pool?.pool_id, pool])).values()].filter(
    (pool) => pool !== undefined,
  );
};

/** Returns the name of a pool's backend: `POOL:LISTENER`. */
export const backendName = (pool: PoolModel, listener: ListenerModel): string =>
  `${pool.pool_id}:${listener.listener_id}`;

export function backendView(pool: PoolModel, context: BackendContext): BackendView {
  const { listener, model, pingCommand } = context;
  const mode = modeOf(listener, pool);
  const sni = mode === 'http' ? sniOf(pool, listener) : undefined;
  const options = serverOptions(pool, { mode, sni: sni?.expression }, context.store);
  return {
    name: backendName(pool, listener),
    mode,
    balance: BALANCE[pool.lb_algorithm],
    lines: [
      ...(mode === 'http' ? ['http-reuse safe'] : []),
      ...persistenceLines(pool.session_persistence, { ...context, overTls: terminatesTls(listener) }),
      ...checkLines(activeMonitor(pool), { vip: model.vip_address, pingCommand }),
      ...(mode === 'http' ? headerLines(listener) : []),
      ...(sni?.lines ?? []),
    ],
    fullconn: listener.connection_limit,
    timeoutConnect: milliseconds(listener.timeout_member_connect),
    timeoutServer: milliseconds(listener.timeout_member_data),
    servers: pool.members.map((member) => serverLine(member, pool, { listener, options })),
  };
}

/**
 * Returns the server name for TLS to members: the name in the client's own handshake or, when the client uses no TLS, the
 * host of its request, unless that is an address (RFC 6066, section 3).
 */
function sniOf(
  pool: PoolModel,
  listener: ListenerModel,
): { expression: string; lines: string[] } | undefined {
  if (!pool.tls_enabled) return undefined;
  if (terminatesTls(listener)) return { expression: 'ssl_fc_sni', lines: [] };
  const name = 'req.hdr(host),host_only';
  return {
    expression: 'var(txn.member_name)',
    lines: [`http-request set-var(txn.member_name) ${name} if !{ ${name} -m reg -- '^[0-9.]+$|:' }`],
  };
}

function serverLine(
  member: MemberModel,
  pool: PoolModel,
  { listener, options }: { readonly listener: ListenerModel; readonly options: readonly string[] },
): string {
  const keepsCookie = pool.session_persistence?.type === 'HTTP_COOKIE';
  return [
    ...['server', member.member_id, endpoint(member.address, member.protocol_port)],
    ...['weight', `${member.weight}`],
    ...checkOptions(pool, member),
    ...(pool.slowstart === undefined ? [] : ['slowstart', `${pool.slowstart}s`]),
    ...(keepsCookie ? ['cookie', member.member_id] : []),
    ...proxyProtocol(pool, listener),
    ...(member.backup ? ['backup'] : []),
    ...(member.admin_state_up ? [] : ['disabled']),
    ...options,
  ].join(' ');
}

function proxyProtocol({ protocol }: PoolModel, listener: ListenerModel): string[] {
  if (protocol === 'PROXY') return ['send-proxy'];
  if (protocol !== 'PROXYV2') return [];
  return [terminatesTls(listener) ? 'send-proxy-v2-ssl-cn' : 'send-proxy-v2'];
}
