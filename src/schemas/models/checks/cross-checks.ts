import type { z } from 'zod';
import { earlierEquals } from '../../../domain/text/duplicates.ts';
import type { ListenerModel, ListenerProtocol } from '../listener.ts';
import type { LoadBalancerModel } from '../load-balancer.ts';
import type { PoolModel, PoolProtocol } from '../pool.ts';
import { checkListenerEffects } from './listener-effects.ts';
import { checkLvsPool } from './lvs-checks.ts';
import { checkHaproxyPoolEffects, checkLvsPoolEffects } from './pool-effects.ts';

type Fault = (path: readonly PropertyKey[], message: string) => void;

/**
 * The pool protocols that each listener protocol allows (Octavia's API guide, "Listener and pool protocol combinations").
 */
const POOLS: Record<ListenerProtocol, readonly PoolProtocol[]> = {
  HTTP: ['HTTP', 'PROXY', 'PROXYV2'],
  TERMINATED_HTTPS: ['HTTP', 'PROXY', 'PROXYV2'],
  HTTPS: ['HTTPS', 'PROXY', 'PROXYV2', 'TCP'],
  TCP: ['HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'TCP'],
  PROMETHEUS: [],
  UDP: ['UDP'],
  SCTP: ['SCTP'],
};

/** Protocols of listeners whose requests haproxy parses. */
export const READS_HTTP: readonly ListenerProtocol[] = ['HTTP', 'TERMINATED_HTTPS'];
/** Protocols of listeners that keepalived serves with LVS. */
export const LVS_PROTOCOLS: readonly ListenerProtocol[] = ['UDP', 'SCTP'];
const isLvs = (listener: ListenerModel): boolean => LVS_PROTOCOLS.includes(listener.protocol);

/** Checks rules that involve several fields or objects. */
export function crossChecked(model: LoadBalancerModel, context: z.RefinementCtx): void {
  const fault: Fault = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
  const { listeners } = model;
  const sameId = earlierEquals(listeners.map(({ listener_id }) => listener_id));
  const samePort = earlierEquals(
    listeners.map((listener) => `${transport(listener)} ${listener.protocol_port}`),
  );
  listeners.forEach((listener, index) => {
    const place = ['listeners', index];
    checkListener(listener, place, fault);
    checkListenerEffects(model, listener, place, fault);
    checkRuleIds(listener, place, fault);
    if (sameId[index] !== undefined)
      fault([...place, 'listener_id'], `already used by listeners[${sameId[index]}]`);
    if (samePort[index] !== undefined)
      fault([...place, 'protocol_port'], `already used by listeners[${samePort[index]}]`);
    if (isLvs(listener)) checkLvsPool(model, listener, place, fault);
  });
}

/** Checks that rule ids are unique: haproxy would merge two rules with one id into a rule that matches when either does. */
function checkRuleIds(listener: ListenerModel, place: Path, fault: Fault): void {
  const seen = new Set<string>();
  listener.l7policies.forEach(({ rules }, policy) => {
    rules.forEach(({ l7rule_id }, rule) => {
      if (l7rule_id === undefined) return;
      if (seen.has(l7rule_id)) {
        fault([...place, 'l7policies', policy, 'rules', rule, 'l7rule_id'], 'already used by another rule');
      }
      seen.add(l7rule_id);
    });
  });
}

const transport = (listener: ListenerModel): string => (isLvs(listener) ? listener.protocol : 'TCP');

type Path = readonly PropertyKey[];

function checkListener(listener: ListenerModel, place: Path, fault: Fault): void {
  const { default_pool, protocol } = listener;
  if (default_pool !== undefined) checkPool(listener, default_pool, [...place, 'default_pool'], fault);
  if (protocol === 'TERMINATED_HTTPS' && certificateCount(listener) === 0) {
    fault([...place, 'default_tls_container_data'], 'required for TERMINATED_HTTPS');
  }
  if (listener.client_authentication !== 'NONE' && listener.client_ca_tls_container_data === undefined) {
    fault([...place, 'client_ca_tls_container_data'], 'required for client authentication');
  }
  if (listener.l7policies.length > 0 && !READS_HTTP.includes(protocol)) {
    fault([...place, 'l7policies'], `not for a ${protocol} listener`);
  }
  listener.l7policies.forEach(({ redirect_pool }, index) => {
    if (redirect_pool === undefined) return;
    checkPool(listener, redirect_pool, [...place, 'l7policies', index, 'redirect_pool'], fault);
  });
}

const certificateCount = ({ default_tls_container_data, sni_container_data }: ListenerModel): number =>
  (default_tls_container_data === undefined ? 0 : 1) + sni_container_data.length;

function checkPool(listener: ListenerModel, pool: PoolModel, place: Path, fault: Fault): void {
  if (!POOLS[listener.protocol].includes(pool.protocol)) {
    fault([...place, 'protocol'], `${pool.protocol} cannot be combined with ${listener.protocol} listeners`);
    return;
  }
  const at: Fault = (path, message) => fault([...place, ...path], message);
  if (isLvs(listener)) {
    checkLvsPoolEffects(pool, at);
    return;
  }
  checkHaproxyPoolEffects(pool, at);
  if (pool.lb_algorithm === 'SOURCE_IP_PORT') {
    fault([...place, 'lb_algorithm'], 'SOURCE_IP_PORT is only for UDP and SCTP');
  }
  const monitor = pool.healthmonitor?.type;
  if (monitor === 'UDP-CONNECT' || monitor === 'SCTP') {
    fault([...place, 'healthmonitor', 'type'], `${monitor} cannot be combined with ${pool.protocol} pools`);
  }
  const usesCookies = pool.session_persistence?.type.endsWith('COOKIE') ?? false;
  if (usesCookies && !READS_HTTP.includes(listener.protocol) && pool.protocol !== 'HTTP') {
    fault([...place, 'session_persistence', 'type'], `not for a ${listener.protocol} listener`);
  }
}
