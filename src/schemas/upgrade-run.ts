import * as z from 'zod';
import { type HaproxyId, isHaproxyId, isListenerId, type ListenerId } from '../domain/ids.ts';
import { upgradeRecord } from './upgrade-record.ts';

const haproxyId = z.custom<HaproxyId>((value) => typeof value === 'string' && isHaproxyId(value));

const listenerId = z.custom<ListenerId>((value) => typeof value === 'string' && isListenerId(value));

/** The state of the amphora before the upgrade. The program of the upgrade compares the state after it with this one. */
const stateBefore = z.object({
  /** whether the agent ran */
  agent_runs: z.boolean(),
  /** the reasons of GET /readyz, without their numbers; empty when no agent answered */
  not_ready: z.array(z.string()),
  sends_heartbeats: z.boolean(),
  keepalived_runs: z.boolean(),
  /** whether keepalived accepted the stored configuration of the VIP */
  accepts_keepalived: z.boolean(),
  /** VIPs of keepalived that this amphora held when the installation began */
  vips: z.array(z.string()),
  /** ids of the load balancers whose haproxy served */
  serving: z.array(haproxyId),
  /** ids of the UDP and SCTP listeners whose keepalived ran */
  lvs_running: z.array(listenerId),
  /** ids of the load balancers whose stored configuration haproxy refused */
  refused: z.array(haproxyId),
  /** addresses that accepted a connection: `LOAD_BALANCER ADDRESS PORT` */
  open: z.array(z.string()),
  /** broken subjects in the report of `amphora-agent check` */
  broken: z.array(z.string()),
});
export type StateBefore = z.infer<typeof stateBefore>;

/** The record as the program of the upgrade keeps it. The API shows the fields of upgradeRecord only. */
const upgradeRun = upgradeRecord.extend({ before: stateBefore.optional() });
export type UpgradeRun = z.infer<typeof upgradeRun>;

/** Parses the file of the upgrade under way. @throws SyntaxError, z.ZodError */
export const parseUpgradeRun = (text: string): UpgradeRun => upgradeRun.parse(JSON.parse(text));

/** Returns the part of a record that the history and the API have. */
export const withoutPrivateFields = (run: UpgradeRun): z.infer<typeof upgradeRecord> =>
  upgradeRecord.parse(run);

/** The facts of GET /status.json that an upgrade needs, from the agent before or after it. */
const agentFacts = z.object({
  reasons: z.array(z.string()),
  heartbeats: z.object({ sent: z.number() }),
});
export type AgentFacts = z.infer<typeof agentFacts>;

/** Parses GET /status.json. @returns undefined when it is another answer */
export function parseAgentFacts(body: string): AgentFacts | undefined {
  try {
    return agentFacts.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

const checkReport = z.object({ findings: z.array(z.object({ state: z.string(), subject: z.string() })) });

/** Parses the report of `amphora-agent check --json`. @returns the broken subjects; undefined when it is no report */
export function parseBrokenSubjects(output: string): string[] | undefined {
  try {
    const { findings } = checkReport.parse(JSON.parse(output));
    return findings.filter(({ state }) => state === 'broken').map(({ subject }) => subject);
  } catch {
    return undefined;
  }
}
