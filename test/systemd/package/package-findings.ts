import { z } from 'zod';

const apt = z.object({
  code: z.number().nullable(),
  /** lines of amphora-agent, dpkg and apt for the operator */
  said: z.array(z.string()),
});
const traffic = z.object({ answered: z.number(), lost: z.number() });
/** since keepalived became master: whether the process is the same, changes of its VRRP state, and exit codes of its check */
const keepalived = z.object({
  sameProcess: z.boolean(),
  transitions: z.array(z.string()),
  checks: z.array(z.string()),
});
const change = apt.extend({
  /** the answer to GET /info afterwards */
  info: z.number(),
  otherAgent: z.boolean(),
  /** the remaining work of dpkg; empty if there is none */
  audit: z.string(),
});

/** The findings of package-scenario.ts before and after a reboot. */
export const packageFindings = z.object({
  installed: apt.extend({
    /** is-enabled of each unit of ours, and of those of Debian's haproxy and keepalived */
    enabled: z.array(z.string()),
    foreign: z.array(z.string()),
    /** the state of the agent before there was a configuration */
    before: z.string(),
    /** the answer to GET /info after a configuration was written, without another step */
    info: z.number(),
    files: z.string(),
    version: z.string(),
  }),
  checks: z.object({
    /** the output of keepalived about the first run of the agent's own script … */
    own: z.string(),
    /** … of amphora-health-checker … */
    sctp: z.string(),
    /** … and of a script that Octavia's agent left */
    left: z.string(),
    /** the groups that may ping members */
    pings: z.string(),
    /** the status of an answer of prometheus-proxy, which the request starts */
    metrics: z.string(),
  }),
  restarted: z.object({
    served: z.string().optional(),
    sameHaproxy: z.boolean(),
    /** NRestarts after the agent was killed */
    restarts: z.string(),
    info: z.number(),
  }),
  upgraded: change,
  downgraded: change,
  /** an upgrade while the agent's configuration is invalid */
  broken: change,
  removed: apt.extend({
    state: z.string(),
    agent: z.string(),
    sameHaproxy: z.boolean(),
    /** exit codes of the agent's own script and of amphora-health-checker; null if it was not found */
    checks: z.array(z.number().nullable()),
  }),
  /** from the first upgrade until after the removal */
  traffic,
  /** the same time; then a keepalived that started after the reboot, until after the package was installed again */
  keepalived: z.array(keepalived),
  /** without the agent */
  rebooted: z.object({ enabled: z.array(z.string()), served: z.string().optional(), agent: z.string() }),
  /** from the properties of the unit: a unit that makes the namespace may run again at any time */
  order: z.object({ namespaceWasMade: z.boolean(), agentComesAfter: z.array(z.string()) }),
  reinstalled: apt.extend({ info: z.number(), served: z.string().optional(), files: z.string() }),
  /** when all units of the package are started together, as at a boot */
  booted: z.object({ info: z.number(), restarts: z.string() }),
  purged: z.object({
    refused: apt.extend({
      served: z.string().optional(),
      keyWasThere: z.boolean(),
      state: z.string(),
      audit: z.string(),
    }),
    done: apt.extend({
      served: z.string().optional(),
      state: z.string(),
      left: z.array(z.string()),
      diversions: z.string(),
    }),
  }),
});
export type PackageFindings = z.infer<typeof packageFindings>;
