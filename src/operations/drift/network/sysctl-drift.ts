import { sysctlDrift } from '../../../domain/drift/sysctl-drift.ts';
import { NAMESPACE_SYSCTLS } from '../../../domain/service-definitions.ts';
import type { NetworkSight } from '../../../host/network/network-watch.ts';
import type { FoundDifference } from '../drift-kind.ts';
import { type NetworkDriftContext, networkDifference } from './network-difference.ts';

const TIMEOUT_MS = 10_000;

/** The keys of the settings that the agent makes in the namespace. */
export const SYSCTL_KEYS: readonly string[] = NAMESPACE_SYSCTLS.map((line) => line.split('=')[0] ?? '');

/** Compares the kernel's settings of the namespace. A setting that the kernel doesn't have, such as IPVS's, doesn't count. */
export const observeSysctls = (
  { host }: Pick<NetworkDriftContext, 'host'>,
  { settings }: Pick<NetworkSight, 'settings'>,
): FoundDifference[] =>
  sysctlDrift(NAMESPACE_SYSCTLS, settings).map(({ key, wanted, seen }) =>
    networkDifference(
      { kind: 'sysctl', object: key, wanted, seen, weight: 'note' },
      {
        text: `sysctl -w ${key}='${wanted}'`,
        run: async () =>
          void (await host.network.run(['sysctl', '-q', '-w', `${key}=${wanted}`], TIMEOUT_MS)),
      },
    ),
  );
