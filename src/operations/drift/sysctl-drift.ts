import { sysctlDrift } from '../../domain/drift/sysctl-drift.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { NAMESPACE_SYSCTLS } from '../../domain/service-definitions.ts';
import type { FoundDifference } from './drift-kind.ts';
import { type NetworkDriftContext, networkDifference } from './network-difference.ts';

const NSENTER = ['nsenter', `--net=/run/netns/${AMPHORA_NAMESPACE}`, '--'] as const;
const TIMEOUT_MS = 10_000;
const KEYS = NAMESPACE_SYSCTLS.map((line) => line.split('=')[0] ?? '');

/** Compares the kernel's settings of the namespace. A setting that the kernel doesn't have, such as IPVS's, doesn't count. */
export async function observeSysctls({ host }: NetworkDriftContext): Promise<FoundDifference[]> {
  // sysctl(8) ends with 1 for a key that the namespace doesn't have
  const options = { timeoutMs: TIMEOUT_MS, okCodes: [0, 1] };
  const { stdout } = await host.commands.run([...NSENTER, 'sysctl', '-e', ...KEYS], options);
  return sysctlDrift(NAMESPACE_SYSCTLS, stdout).map(({ key, wanted, seen }) =>
    networkDifference(
      { kind: 'sysctl', object: key, wanted, seen, weight: 'note' },
      {
        text: `sysctl -w ${key}='${wanted}'`,
        run: async () =>
          void (await host.commands.run([...NSENTER, 'sysctl', '-q', '-w', `${key}=${wanted}`], options)),
      },
    ),
  );
}
