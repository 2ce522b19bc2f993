import { z } from 'zod';

const rpm = z.object({
  code: z.number().nullable(),
  /** lines of rpm and of the scriptlets to the operator */
  said: z.array(z.string()),
});
const change = rpm.extend({
  /** answer to GET /info after it */
  info: z.number(),
  otherAgent: z.boolean(),
});

/** What rpm-scenario.ts finds out. */
export const rpmFindings = z.object({
  installed: rpm.extend({
    /** is-enabled of each unit of ours */
    enabled: z.array(z.string()),
    /** of the agent, before there was a configuration */
    before: z.string(),
    /** answer to GET /info once there was one, with nothing else done */
    info: z.number(),
  }),
  upgraded: change,
  downgraded: change,
  /** upgraded with a configuration with which the agent can't start */
  broken: change,
  /** upgraded after an administrator had disabled and stopped the agent */
  disabled: rpm.extend({ agent: z.string() }),
  removed: rpm.extend({
    agent: z.string(),
    /** whether the unit of the agent is still there */
    unit: z.string(),
    sameHaproxy: z.boolean(),
    /** exit code of haproxy-vrrp-check */
    check: z.number().nullable(),
    /** of what starts at boot */
    enabled: z.array(z.string()),
    /** what the load balancer answers after a restart of all that starts at boot */
    restarted: z.string(),
  }),
  reinstalled: rpm.extend({ info: z.number(), served: z.string() }),
  traffic: z.object({ answered: z.number(), lost: z.number() }),
  purged: z.object({
    refused: rpm.extend({ served: z.string() }),
    done: rpm.extend({ served: z.string(), left: z.array(z.string()) }),
  }),
});

export type RpmFindings = z.infer<typeof rpmFindings>;
