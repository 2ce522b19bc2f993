import { AMPHORA_NAMESPACE } from '../../../domain/paths.ts';
import { NETWORKS } from '../../context.ts';
import { type DriftKind, observeParts } from '../drift-kind.ts';
import { observeInterfaces } from './interface-drift.ts';
import { networkDifference } from './network-difference.ts';
import { observePacketFilter } from './packet-filter-drift.ts';
import { observeSysctls, SYSCTL_KEYS } from './sysctl-drift.ts';

/**
 * The kinds of drift in the network: interfaces with a file, their addresses, routes and rules, the tables of the packet filter
 * and the kernel's settings. A look asks one program, which stays, however many interfaces there are.
 */
export const NETWORK_DRIFT: DriftKind = {
  kinds: ['namespace', 'interface', 'addresses', 'masquerade', 'firewall', 'sysctl'],
  async observe(context, lock, onUnseen) {
    if (lock !== undefined && lock !== NETWORKS) return [];
    const { files, filter, networkWatch } = context.host;
    if (!(await files.exists(`/run/netns/${AMPHORA_NAMESPACE}`))) return [MISSING_NAMESPACE];
    const withTables = (await filter.program()) === 'nft';
    const sight = await networkWatch.look({ withTables, keys: SYSCTL_KEYS });
    const parts = [
      { kinds: ['interface', 'addresses'], observe: () => observeInterfaces(context, sight) },
      { kinds: ['masquerade', 'firewall'], observe: () => observePacketFilter(context, sight) },
      { kinds: ['sysctl'], observe: async () => observeSysctls(context, sight) },
    ];
    return observeParts(
      parts.map((part) => ({ ...part, lock: NETWORKS, object: undefined })),
      onUnseen,
    );
  },
};

const MISSING_NAMESPACE = networkDifference(
  { kind: 'namespace', object: AMPHORA_NAMESPACE, wanted: 'present', seen: 'missing', weight: 'fault' },
  undefined,
);
