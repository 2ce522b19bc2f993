import { setTimeout as delay } from 'node:timers/promises';
import { driftResult } from '../../domain/drift/drift-report.ts';
import { printableJson } from '../../domain/text/printable.ts';
import { NotFound } from '../../errors.ts';
import { drainBlocks } from '../../render/ctl/drain.ts';
import { driftBlocks, driftRepairBlocks, isMended } from '../../render/ctl/drift.ts';
import { historyBlocks } from '../../render/ctl/history.ts';
import { chosenLoadBalancers, membersBlocks } from '../../render/ctl/members.ts';
import { statusBlocks } from '../../render/ctl/status.ts';
import type { DrainFacts } from '../../schemas/ctl-facts.ts';
import type { AgentClient, DrainRequest, Facts } from './agent-client.ts';
import { drawn, shown } from './draw.ts';
import { type CtlOutcome, DRIFT_EXIT, EXIT } from './outcome.ts';

/** Runs `status`: exit code 1 if the amphora isn't ready. */
export async function showStatus(client: AgentClient, json: boolean): Promise<CtlOutcome> {
  const facts = await client.status();
  const exitCode = facts.known.ready ? EXIT.ok : EXIT.failed;
  return shown(facts, json, { blocks: statusBlocks, exitCode });
}

/** Runs `members`. @param id one load balancer, or UDP or SCTP listener; undefined: all */
export async function showMembers(
  client: AgentClient,
  id: string | undefined,
  json: boolean,
): Promise<CtlOutcome> {
  const { known } = await client.statistics();
  const chosen = chosenLoadBalancers(known, id);
  if (id !== undefined && chosen.length === 0) throw new NotFound('load-balancer', id);
  return { exitCode: EXIT.ok, output: json ? printableJson(chosen) : drawn(membersBlocks(chosen)) };
}

/** Runs `history`. */
export const showHistory = async (client: AgentClient, id: string, json: boolean): Promise<CtlOutcome> =>
  shown(await client.history(id), json, { blocks: historyBlocks });

/** Runs `rollback`. @param to number or md5 in the history; default: the newest one that isn't stored */
export const rollBack = async (
  client: AgentClient,
  { id, to, json }: { readonly id: string; readonly to: string | undefined; readonly json: boolean },
): Promise<CtlOutcome> =>
  shown(await client.rollback(id, to), json, {
    blocks: ({ md5, runs }) => [
      `rolled back to ${md5}${runs ? '' : '; haproxy does not run: its next start uses this configuration'}`,
    ],
  });

/** Runs `reload`. */
export async function reload(client: AgentClient, id: string, json: boolean): Promise<CtlOutcome> {
  await client.reload(id);
  const done = { load_balancer: id, done: 'reloaded' };
  return {
    exitCode: EXIT.ok,
    output: json ? printableJson(done) : drawn([`load balancer ${id} runs its stored configuration`]),
  };
}

/** What `drain` does, by its options. */
export interface DrainSettings extends DrainRequest {
  readonly action: 'start' | 'show' | 'cancel';
  /** whether the command waits for the end of the drain */
  readonly waits: boolean;
  readonly json: boolean;
}

/** Runs `drain`. With `waits`, exit code 1 if something else ended the drain. */
export async function drain(
  client: AgentClient,
  { id, member }: { readonly id: string; readonly member: string },
  settings: DrainSettings,
): Promise<CtlOutcome> {
  const begun = await begin(client, { id, member }, settings);
  const facts = settings.waits ? await waitForEnd(client, { id, member }, begun) : begun;
  const hasFailed = settings.waits && facts.known.state !== 'drained';
  const exitCode = hasFailed ? EXIT.failed : EXIT.ok;
  return shown(facts, settings.json, { blocks: (known) => drainBlocks(member, known), exitCode });
}

function begin(
  client: AgentClient,
  { id, member }: { readonly id: string; readonly member: string },
  settings: DrainSettings,
): Promise<Facts<DrainFacts>> {
  if (settings.action === 'cancel') return client.cancelDrain(id, member);
  return settings.action === 'show' ? client.drain(id, member) : client.startDrain(id, member, settings);
}

/** The agent looks at its drains once a second. */
const POLL_MS = 1_000;

/** Waits while the member drains. The agent ends the drain at its deadline at the latest. */
async function waitForEnd(
  client: AgentClient,
  { id, member }: { readonly id: string; readonly member: string },
  begun: Facts<DrainFacts>,
): Promise<Facts<DrainFacts>> {
  let facts = begun;
  while (facts.known.state === 'draining') {
    await delay(POLL_MS);
    facts = await client.drain(id, member);
  }
  return facts;
}

/** Runs `drift`: exit code 1 if there is a difference, or if a repair left one, and 4 if it is not known. */
export async function showDrift(
  client: AgentClient,
  { repair, json }: { readonly repair: boolean; readonly json: boolean },
): Promise<CtlOutcome> {
  if (repair) {
    const facts = await client.repairDrift();
    const exitCode = isMended(facts.known) ? EXIT.ok : EXIT.failed;
    return shown(facts, json, { blocks: driftRepairBlocks, exitCode });
  }
  const facts = await client.drift();
  return shown(facts, json, { blocks: driftBlocks, exitCode: DRIFT_EXIT[driftResult(facts.known)] });
}
