import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { NETWORKS, type OperationContext } from '../context.ts';
import type { DriftKind, FoundDifference } from './drift-kind.ts';
import { observeInterfaces } from './interface-drift.ts';
import { networkDifference } from './network-difference.ts';
import { observePacketFilter } from './packet-filter-drift.ts';
import { observeSysctls } from './sysctl-drift.ts';

/** Creates a kind of drift that lies in the namespace. Without the namespace it observes nothing. */
const networkKind = (
  kinds: readonly string[],
  observe: (context: OperationContext) => Promise<readonly FoundDifference[]>,
): DriftKind => ({
  kinds,
  async observe(context, lock) {
    if (lock !== undefined && lock !== NETWORKS) return [];
    return (await hasNamespace(context)) ? observe(context) : [];
  },
});

const hasNamespace = ({ host }: Pick<OperationContext, 'host'>): Promise<boolean> =>
  host.files.exists(`/run/netns/${AMPHORA_NAMESPACE}`);

const NAMESPACE_DRIFT: DriftKind = {
  kinds: ['namespace'],
  async observe(context, lock) {
    if ((lock !== undefined && lock !== NETWORKS) || (await hasNamespace(context))) return [];
    const missing = { wanted: 'present', seen: 'missing', weight: 'fault' } as const;
    return [networkDifference({ kind: 'namespace', object: AMPHORA_NAMESPACE, ...missing }, undefined)];
  },
};

/** The kinds of drift in the network. A look runs four programs, however many interfaces there are. */
export const NETWORK_DRIFT: readonly DriftKind[] = [
  NAMESPACE_DRIFT,
  networkKind(['interface', 'addresses'], observeInterfaces),
  networkKind(['masquerade', 'firewall'], observePacketFilter),
  networkKind(['sysctl'], observeSysctls),
];
