import { expect } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../sandbox/amphora/agent-config.ts';
import type { ControllerRequest } from '../../sandbox/controller/controller.ts';
import type { DriftItem, DriftReport } from '../../src/domain/drift/drift-report.ts';
import { type IpvsService, parseIpvsadm } from '../../src/domain/keepalived/ipvs-text.ts';
import { LVS, lvsConfigText } from '../support/keepalived/lvs-examples.ts';
import type { AmphoraMachine } from './amphora-machines.ts';

/** IPVS of a booted amphora, and what its agent says of it. */

const SECOND_MS = 1000;
/** least time between a look that sees a difference and the one that confirms it, less a fault of the clock */
const SECOND_LOOK_MS = 9 * SECOND_MS;
/** The agent calculates the end of a look for each answer, with an error of milliseconds. */
const SAME_LOOK_MS = 2 * SECOND_MS;
/** A listener without checks is not compared in its first minute. */
const ITEMS_MS = 180 * SECOND_MS;

type Asked = Pick<AmphoraMachine, 'controller'>;

async function answerOf({ controller }: Asked, request: ControllerRequest): Promise<string> {
  const { status, body } = await controller.request(request);
  expect(status, body).toBe(200);
  return body;
}

export const driftOf = async (amphora: Asked): Promise<DriftReport> =>
  JSON.parse(await answerOf(amphora, { method: 'GET', path: '/drift' })) as DriftReport;

/** Orders a repair of everything. @returns what became of each item */
export async function orderRepair(amphora: Asked): Promise<string[]> {
  const body = await answerOf(amphora, { method: 'POST', path: '/drift/repair' });
  const { items } = JSON.parse(body) as { items: { kind: string; result: string }[] };
  return items.map(({ kind, result }) => `${kind}: ${result}`);
}

/** An item without its time, which differs from run to run. */
export type TimelessItem = Omit<DriftItem, 'since'>;

export const timeless = (items: readonly DriftItem[]): TimelessItem[] =>
  items.map(({ since: _since, ...rest }) => rest);

/** Sorts items by what is wanted. */
export const inOrder = (items: readonly TimelessItem[]): TimelessItem[] =>
  items.toSorted((one, other) => one.wanted.localeCompare(other.wanted));

/** Returns the text of the agent's configuration with other options of drift. */
export async function withDrift(
  { shell }: AmphoraMachine,
  mode: 'report' | 'repair',
  seconds: number,
): Promise<string> {
  const text = `${await shell(`cat ${AGENT_CONFIG_FILE}`)}\n`;
  const options = `drift = ${mode}\ndrift_interval = ${seconds}\n`;
  return text
    .replaceAll(/^drift(?:_interval)? = .*\n/gm, '')
    .replace(/^\[amphora_agent\]\n/m, `[amphora_agent]\n${options}`);
}

/** Waits for so many further looks that saw everything. @returns each item that one of the answers had */
export async function itemsOfLooks(amphora: Asked, looks: number): Promise<TimelessItem[]> {
  const items = new Map<string, TimelessItem>();
  let [seen, lastEnd] = [0, endOf(await driftOf(amphora))];
  const seenLooks = async (): Promise<number> => {
    const report = await driftOf(amphora);
    for (const item of timeless(report.items)) items.set(JSON.stringify(item), item);
    const end = endOf(report);
    if (end - lastEnd > SAME_LOOK_MS) [seen, lastEnd] = [seen + 1, end];
    return seen;
  };
  await expect
    .poll(seenLooks, { timeout: ITEMS_MS + looks * 20 * SECOND_MS, interval: SECOND_MS })
    .toBe(looks);
  return [...items.values()];
}

/** Returns the end of the last look that saw everything, or 0 before the first one. */
const endOf = ({ checked_at }: DriftReport): number => (checked_at === null ? 0 : Date.parse(checked_at));

/** Waits until the agent shows so many items, and the look that confirmed them has ended. */
export async function confirmedItems(amphora: Asked, count: number): Promise<DriftReport> {
  let report = await driftOf(amphora);
  const isConfirmed = (): boolean =>
    report.items.length === count &&
    report.items.every(({ since }) => endOf(report) - Date.parse(since) >= SECOND_LOOK_MS);
  const look = async (): Promise<unknown> => {
    report = await driftOf(amphora);
    return isConfirmed() ? 'confirmed' : report;
  };
  await expect.poll(look, { timeout: ITEMS_MS, interval: SECOND_MS / 2 }).toBe('confirmed');
  return report;
}

/** Waits until no item is left of the listener; '': of any. */
export async function noItems(amphora: Asked, listener: string): Promise<void> {
  const objects = async (): Promise<string[]> =>
    (await driftOf(amphora)).items.map(({ object }) => object).filter((object) => object.endsWith(listener));
  await expect.poll(objects, { timeout: ITEMS_MS, interval: SECOND_MS }).toEqual([]);
}

const INSIDE = 'ip netns exec amphora-haproxy';

export const ipvsOf = async ({ shell }: AmphoraMachine): Promise<IpvsService[]> =>
  parseIpvsadm(await shell(`${INSIDE} ipvsadm -Ln`));

/** Returns `address:port` of the members of a virtual service. */
export const membersAt = async (amphora: AmphoraMachine, port: number): Promise<string[]> =>
  (await ipvsOf(amphora))
    .filter((service) => service.port === port)
    .flatMap(({ members }) => members.map((member) => `${member.address}:${member.port}`))
    .toSorted();

/** Changes IPVS by hand. @returns the time of the machine's clock after that */
export async function changeIpvs({ shell }: AmphoraMachine, orders: readonly string[]): Promise<number> {
  const said = await shell(
    [...orders.map((order) => `${INSIDE} ipvsadm ${order}`), 'date +%s%3N'].join(' && '),
  );
  expect(said).toMatch(/^\d+$/);
  return Number(said);
}

/** Returns the configuration of a UDP listener whose checks take a member out of IPVS within seconds. */
export const quicklyCheckedText = (
  listener: string,
  vip: string,
  port: number,
  members: readonly { readonly id: string; readonly address: string; readonly port: number }[],
): string =>
  lvsConfigText({ listener, vips4: [vip], members })
    .replace(`${vip} 53`, `${vip} ${port}`)
    .replace('delay_loop 30', 'delay_loop 2')
    .replace('delay_before_retry 30', 'delay_before_retry 1')
    .replace('retry 3', 'retry 1')
    .replaceAll('misc_timeout 31', 'misc_timeout 5')
    .replaceAll('ipv4-group', 'checked-group')
    .replaceAll(LVS.pool, 'a3000000-0000-4000-8000-000000000033');
