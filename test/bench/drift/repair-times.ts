import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../sandbox/programs/long-running.ts';
import type { Damage } from './damages.ts';
import type { RepairFigures } from './rows.ts';
import type { DamageScene } from './scene.ts';

const POLL_MS = 200;
const LONGEST_MS = 60_000;
/** a request that began before the repair has ended by then */
const SETTLE_MS = 2500;
const MS_PER_SECOND = 1000;

/**
 * Does one damage and waits for its repair. The times are those of the agent's log: it logs that drift is found at the moment when
 * `GET /drift` shows it, which is too short in mode `repair` to be seen from outside.
 */
export async function measureRepair(scene: DamageScene, damage: Damage): Promise<RepairFigures> {
  await until(async () => (await scene.items()).length === 0, LONGEST_MS, 'an end of earlier drift');
  const before = scene.traffic();
  const from = Date.now();
  const isMended = await damage.damage(scene);
  let [seen, failedAtSight, repaired]: (number | undefined)[] = [];
  while (repaired === undefined && Date.now() < from + LONGEST_MS) {
    await delay(POLL_MS);
    const logged = (msg: string): number | undefined => timeOf(scene, damage, msg, from);
    const found = logged('drift found');
    if (found !== undefined && seen === undefined) [seen, failedAtSight] = [found, scene.traffic().failed];
    if (found !== undefined && damage.undo !== undefined) break;
    const claimed = damage.kind === undefined ? Date.now() : logged('drift repaired');
    if (claimed !== undefined && (await isMended())) repaired = claimed;
  }
  await damage.undo?.(scene);
  await delay(SETTLE_MS);
  const after = scene.traffic();
  const atSight = failedAtSight ?? after.failed;
  return {
    ...{ name: damage.name, what: damage.what, isByDrift: damage.kind !== undefined },
    isReportOnly: damage.undo !== undefined,
    seenSeconds: secondsSince(from, seen),
    repairedSeconds: secondsSince(from, repaired),
    requests: after.requests - before.requests,
    ...{ lostBeforeSeen: atSight - before.failed, lostAfterSeen: after.failed - atSight },
  };
}

const secondsSince = (from: number, ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : (ms - from) / MS_PER_SECOND;

/** Returns when the agent logged a message about the kind of the damage since some time, in milliseconds of the epoch. */
function timeOf({ amphora }: DamageScene, { kind }: Damage, msg: string, since: number): number | undefined {
  for (const line of amphora.agentLog().split('\n')) {
    if (!line.includes(`"${msg}"`)) continue;
    const { time, kind: logged }: Record<string, unknown> = JSON.parse(line);
    if (logged === kind && typeof time === 'number' && time >= since) return time;
  }
  return undefined;
}
