import { z } from 'zod';

/** The findings of hardened-agent-scenario.ts: answers as `STATUS BODY`. */
export const hardenedFindings = z.object({
  answers: z.record(z.string(), z.string()),
  state: z.object({
    served: z.string().optional(),
    addresses: z.string(),
    ruleset: z.string(),
    forwarding: z.string(),
    keepalived: z.string(),
    dhcpClients: z.string(),
  }),
  /** the diagnostics archive */
  archive: z.object({
    /** error files by their names */
    errors: z.record(z.string(), z.string()),
    keepalived: z.string(),
    /** logs of the agent and of haproxy */
    logs: z.array(z.string()),
    /** secrets in any file */
    secrets: z.array(z.string()),
  }),
  /** a capture without packets: `STATUS BYTES` */
  capture: z.string(),
  /** two haproxys that systemd gave up, of which the controller stopped the second; then the agent repaired drift */
  drift: z.object({
    /** to the stop, and to the change of the option */
    answers: z.array(z.string()),
    /** their states once the first one runs again */
    states: z.array(z.string()),
  }),
  /** after a restart of the agent */
  after: z.object({
    /** process ids of haproxy and keepalived */
    processes: z.string(),
    served: z.string().optional(),
    removal: z.string(),
    servedThen: z.string().optional(),
    restarts: z.string(),
  }),
  /** the agent's log lines of level warn and above, without those about the haproxy that drift starts */
  complaints: z.array(z.string()),
  /** keys and lines of PEM in the whole journal */
  secrets: z.array(z.string()),
});
export type HardenedFindings = z.infer<typeof hardenedFindings>;
