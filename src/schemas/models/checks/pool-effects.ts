import type { PoolModel } from '../pool.ts';
import { checkVersions, type Fault, requireReferred } from './tls-effects.ts';

/** Refuses settings of a pool that would have no effect under any listener. */
export function checkPoolEffects(pool: PoolModel, fault: Fault): void {
  if (pool.tls_enabled) {
    checkVersions(pool, fault);
    if (pool.crl_container_data !== undefined && pool.ca_tls_container_data === undefined)
      fault(['ca_tls_container_data'], 'required for crl_container_data');
  } else {
    for (const field of ['tls_container_data', 'ca_tls_container_data', 'crl_container_data'] as const) {
      if (pool[field] !== undefined) fault([field], 'requires tls_enabled');
    }
  }
  requireReferred(pool, ['tls_container', 'ca_tls_container', 'crl_container'], fault);
  pool.members.forEach(({ monitor_address }, index) => {
    if (pool.healthmonitor?.type === 'PING' && monitor_address !== undefined)
      fault(
        ['members', index, 'monitor_address'],
        'not with a PING monitor, which pings the address of the member',
      );
  });
  const persistence = pool.session_persistence;
  if (persistence?.cookie_name !== undefined && persistence.type !== 'APP_COOKIE')
    fault(['session_persistence', 'cookie_name'], `not for ${persistence.type}`);
}

/** Refuses settings that only keepalived supports, for a pool that haproxy serves. */
export function checkHaproxyPoolEffects(
  { session_persistence: persistence, lb_algorithm, slowstart }: PoolModel,
  fault: Fault,
): void {
  // haproxy has no slow start with a static algorithm (haproxy manual, section 4.2, `balance source`)
  if (slowstart !== undefined && lb_algorithm === 'SOURCE_IP')
    fault(['slowstart'], 'not for SOURCE_IP, whose weights are fixed');
  for (const field of ['persistence_timeout', 'persistence_granularity'] as const) {
    if (persistence?.[field] !== undefined)
      fault(['session_persistence', field], 'for UDP and SCTP pools only');
  }
}

/** Refuses settings that only haproxy supports, for a pool that keepalived serves. */
export function checkLvsPoolEffects(pool: PoolModel, fault: Fault): void {
  if (pool.tls_enabled) fault(['tls_enabled'], `not for a ${pool.protocol} pool`);
  if (pool.slowstart !== undefined)
    fault(['slowstart'], `not for a ${pool.protocol} pool: IPVS has no slow start`);
  pool.members.forEach(({ backup }, index) => {
    if (backup)
      fault(['members', index, 'backup'], `not for a ${pool.protocol} pool: IPVS has no backup members`);
  });
}
