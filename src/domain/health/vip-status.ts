import type { VrrpState } from '../keepalived/vrrp-dump.ts';
import type { VrrpInstance } from '../keepalived/vrrp-instances.ts';

/** A VIP, and which amphora has it. */
export interface VipStatus {
  readonly address: string;
  /** `nobody`: neither this amphora has it, nor does anything show that another one does */
  readonly holder: 'this amphora' | 'the peer' | 'nobody';
  /** interface of this amphora that has the address; null when none has it */
  readonly interface: string | null;
}

/** An instance of VRRP. */
export interface VrrpStatus {
  readonly instance: string;
  readonly interface: string;
  readonly peers: readonly string[];
  /** `INIT`, `BACKUP`, `MASTER`, `FAULT`; `unknown` when keepalived doesn't say it */
  readonly state: string;
  /** time of the last change of the state, in ISO 8601; null when it is unknown */
  readonly since: string | null;
  /** why the state is unknown; '' otherwise */
  readonly detail: string;
}

/** What the amphora knows about its VIPs. */
export interface VipFacts {
  readonly instances: readonly VrrpInstance[];
  /** the states of the instances, or why keepalived doesn't say them */
  readonly states: readonly VrrpState[] | string;
  /** addresses to which listeners bind */
  readonly bound: readonly string[];
  /** interface in the namespace, by address */
  readonly interfaces: ReadonlyMap<string, string>;
}

/** Returns each instance with its state. */
export const vrrpStatus = ({ instances, states }: Omit<VipFacts, 'bound' | 'interfaces'>): VrrpStatus[] =>
  instances.map(({ name, interface: interfaceName, peers }) => {
    const known = typeof states === 'string' ? undefined : states.find(({ instance }) => instance === name);
    const reason = typeof states === 'string' ? states : 'the dump of keepalived lacks the instance';
    return {
      ...{ instance: name, interface: interfaceName, peers, state: known?.state ?? 'unknown' },
      since: known?.since?.toISOString() ?? null,
      detail: known === undefined ? reason : '',
    };
  });

/**
 * Returns who has each VIP. The kernel's addresses decide for this amphora. A keepalived in the state BACKUP hears the
 * advertisements of its peer. Without them it becomes MASTER.
 */
export function vipStatus(facts: VipFacts): VipStatus[] {
  const { instances, states, bound, interfaces } = facts;
  const vips = new Set([...instances.flatMap(({ vips: own }) => own), ...bound]);
  const isBackup = (vip: string): boolean =>
    instances.some(
      ({ name, vips: own }) =>
        own.includes(vip) &&
        typeof states !== 'string' &&
        states.some(({ instance, state }) => instance === name && state === 'BACKUP'),
    );
  return [...vips].map((address) => {
    const name = interfaces.get(address);
    const holder = name !== undefined ? 'this amphora' : isBackup(address) ? 'the peer' : 'nobody';
    return { address, holder, interface: name ?? null };
  });
}
