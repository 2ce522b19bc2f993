import { z } from 'zod';

const apt = z.object({ code: z.number().nullable(), said: z.array(z.string()) });
/** The states of the two agents' units. */
const agents = z.record(z.string(), z.string());
/** The state that a change of the agent must not affect. */
const dataPlane = z.object({
  haproxy: z.string(),
  keepalived: z.string(),
  /** whether the VIP is on the interface, as on a master */
  master: z.boolean(),
});
const traffic = z.object({ answered: z.number(), lost: z.number() });
const heard = z.object({ first: z.number(), counted: z.boolean() });

/** The findings of apt-takeover-scenario.ts. */
export const aptTakeoverFindings = z.object({
  built: z.record(z.string(), z.union([z.number(), z.string()])),
  before: dataPlane,
  installed: apt.extend({
    after: dataPlane,
    traffic,
    agents,
    /** the output of dpkg --verify for the packages whose commands ours replaces */
    verified: z.string(),
    /** whether the agent wants the unit that makes the disk for keys, and comes after it */
    ramfs: z.array(z.boolean()),
    version: z.string(),
    heard,
    /** the answer to a plug, after which this agent has written an interface file */
    plugged: z.union([z.number(), z.string()]),
  }),
  removed: apt.extend({
    after: dataPlane,
    traffic,
    agents,
    verified: z.string(),
    /** names that our package still diverts or has set aside */
    left: z.array(z.string()),
    heard,
    /** the output of `amphora-interface up all` of the other agent */
    interfaces: z.string(),
  }),
  /** two reboots: after the removal, and after a second takeover; `code` is that of apt before the reboot */
  reboots: z.array(
    z.object({
      code: z.number().nullable(),
      agents,
      /** the answer of a member through the VIP */
      page: z.string(),
      /** whether Octavia's own code accepts the first heartbeat */
      heartbeat: z.boolean(),
    }),
  ),
  /** transitions of keepalived after it had become master */
  transitions: z.array(z.string()),
});
export type AptTakeoverFindings = z.infer<typeof aptTakeoverFindings>;
