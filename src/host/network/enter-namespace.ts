import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';

/** The words before a program that runs in the network namespace. `ip netns exec` takes longer: it also mounts /sys. */
export const ENTER_NAMESPACE = ['nsenter', `--net=/run/netns/${AMPHORA_NAMESPACE}`, '--'] as const;
