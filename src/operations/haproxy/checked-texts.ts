import type { HaproxyId } from '../../domain/ids.ts';
import { md5Hex } from '../../domain/text/md5.ts';

/** The last configuration of each load balancer that this process of the agent has had haproxy check. */
export interface CheckedTexts {
  /** Notes that haproxy accepted this configuration. */
  note(id: HaproxyId, config: Buffer): void;
  /** Returns whether haproxy accepted exactly this configuration, and none after it. */
  includes(id: HaproxyId, config: Buffer): boolean;
}

export function createCheckedTexts(): CheckedTexts {
  const digests = new Map<HaproxyId, string>();
  return {
    note(id, config) {
      digests.set(id, md5Hex(config));
    },
    includes: (id, config) => digests.get(id) === md5Hex(config),
  };
}
