import type { IpvsService } from '../keepalived/ipvs-text.ts';
import { isSame } from '../keepalived/lvs-statistics.ts';
import type { LvsEndpoint, LvsText } from '../keepalived/lvs-text.ts';
import { ipVersion } from '../network/addresses.ts';
import { endpoint } from '../network/endpoints.ts';

/** A virtual service of the kernel that differs from the stored configuration of its listener. */
export interface VirtualServiceDrift {
  readonly wanted: string;
  readonly seen: string;
  /** a stranger is a note */
  readonly weight: 'fault' | 'note';
}

/**
 * Compares the virtual services and members in the kernel with those of a configuration. keepalived itself removes a member
 * whose check fails, so a missing member counts only without checks. Weights don't count, because checks change them.
 */
export function virtualServiceDrift(text: LvsText, kernel: readonly IpvsService[]): VirtualServiceDrift[] {
  if (text.isDisabled) return [];
  return text.services.flatMap((service) => {
    const name = `${text.protocol} ${endpointOf(service)}`;
    const present = kernel.find((one) => one.protocol === text.protocol && isSame(one, service));
    if (present === undefined)
      return [
        { wanted: `virtual service ${name}`, seen: 'no such virtual service', weight: 'fault' as const },
      ];
    return memberDrift(name, text, present);
  });
}

function memberDrift(
  service: string,
  { pool }: LvsText,
  { address, members: present }: IpvsService,
): VirtualServiceDrift[] {
  // a member without the id that controllers write is in no pool: then the members of the configuration are unknown
  if (pool === undefined || pool.members.length === 0) return [];
  const missing = pool.isMonitored
    ? []
    : pool.members.filter(
        // keepalived adds a member to the virtual services of its IP version
        (member) =>
          ipVersion(member.address) === ipVersion(address) && !present.some((row) => isSame(row, member)),
      );
  const strange = present.filter((row) => !pool.members.some((member) => isSame(row, member)));
  return [
    ...missing.map((member) => ({
      wanted: `${service}: member ${endpointOf(member)}`,
      seen: 'no such member',
      weight: 'fault' as const,
    })),
    ...strange.map((row) => ({
      wanted: `${service}: only its own members`,
      seen: `member ${endpointOf(row)}`,
      weight: 'note' as const,
    })),
  ];
}

const endpointOf = ({ address, port }: LvsEndpoint): string => endpoint(address, port);
