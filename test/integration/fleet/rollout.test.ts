import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPki, type Pki } from '../../../sandbox/controller/pki.ts';
import { fleetOf } from '../../../src/commands/ctl/fleet/fleet.ts';
import { createProgress } from '../../../src/commands/ctl/fleet/progress.ts';
import { type RolloutOptions, rollOut } from '../../../src/commands/ctl/fleet/rollout.ts';
import { rolloutName } from '../../../src/commands/ctl/fleet/rollout-file.ts';
import { holdName } from '../../../src/host/held-name.ts';
import { startCtl } from '../../support/fleet/ctl-command.ts';
import { writeFleetBundle } from '../../support/fleet/fleet-bundle.ts';
import type { SimulatedFault } from '../../support/fleet/simulated-amphora.ts';
import {
  type SimulatedFleet,
  simulatedId,
  startSimulatedFleet,
} from '../../support/fleet/simulated-fleet.ts';

/** Stands for a dozen amphorae, of which some fail in ways that a real one can't be made to. */
let pki: Pki;
let directory: string;
let bundle: string;
let bundleFile: string;
let fleet: SimulatedFleet;
let hosts: string;
let number = 0;
const ALL = 12;
const MIB = 1024 * 1024;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'rollout-'));
  pki = await createPki(directory);
  bundleFile = path.join(directory, 'fix.bundle');
  bundle = await writeFleetBundle(bundleFile, 2 * MIB);
});
afterEach(() => fleet.close());
afterAll(() => rm(directory, { recursive: true }));

const id = (index: number): string => simulatedId(1, index);
const stateFile = (): string => `${hosts}.rollout.json`;

/**
 * Starts six pairs whose first amphora has the VIP, and writes their file of hosts.
 * @param movesAfter answers of the first two amphorae after which the VIP moves, each time; default: it stays
 */
async function begin(
  faults: Readonly<Record<number, SimulatedFault>> = {},
  upgradeMs = 20,
  movesAfter?: number,
): Promise<void> {
  const settings = Array.from({ length: ALL }, (_, index) => ({
    ...{ id: id(index), loadBalancer: simulatedId(2, index >> 1), holdsVip: index % 2 === 0 },
    ...{ fault: faults[index] ?? ('none' as const), upgradeMs },
    ...(movesAfter === undefined || index > 1 ? {} : { movesAfter }),
  }));
  fleet = await startSimulatedFleet(pki, settings, bundle);
  number += 1;
  hosts = path.join(directory, `hosts-${number}`);
  await writeFile(hosts, settings.map((one, index) => `${fleet.address(index)} ${one.id}\n`).join(''));
}

interface Answer {
  readonly stopped: string | null;
  readonly amphorae: readonly {
    readonly result: string;
    readonly reason: string | null;
    readonly turn?: number;
  }[];
}

async function run(changes: Partial<RolloutOptions> = {}, signal = new AbortController().signal) {
  const files = { cert: pki.client, cacert: pki.serverAuthority.certificate };
  const found = await fleetOf({ hosts, parallel: 4, port: `${fleet.port}`, ...files });
  const options: RolloutOptions = {
    ...{ bundle: bundleFile, canary: 1, batch: '3', stopOn: 1, isTrial: false, state: undefined },
    times: { pollMs: 50, settleMs: 5, upgradeMs: 60_000, beginMs: 100, silentMs: 300 },
    ...changes,
  };
  const progress = createProgress(process.stderr, true);
  const { exitCode, output } = await rollOut({ fleet: found, json: true, progress, signal }, options);
  const answer: Answer = JSON.parse(output);
  return { exitCode, answer, results: answer.amphorae.map(({ result }) => result) };
}
const repeated = (count: number, result: string): string[] => Array.from({ length: count }, () => result);

describe('a rollout', () => {
  it('upgrades all amphorae once, of each pair the standby first, and never both at a time', async () => {
    await begin();
    const { exitCode, results } = await run();
    expect({ exitCode, results }).toEqual({ exitCode: 0, results: repeated(ALL, 'upgraded') });
    expect(fleet.amphorae.map(({ accepted }) => accepted)).toEqual(Array.from({ length: ALL }, () => 1));
    expect(fleet.violations).toEqual([]);
    for (let pair = 0; pair < ALL; pair += 2)
      expect(fleet.begun.indexOf(id(pair + 1))).toBeLessThan(fleet.begun.indexOf(id(pair)));
    expect(fleet.mostAtOnce()).toBeLessThanOrEqual(3);
    expect(fleet.amphorae[0]?.received).toBeGreaterThan(2 * MIB);
    await expect(readFile(stateFile())).rejects.toThrow('ENOENT');
    expect((await run()).results).toEqual(repeated(ALL, 'current'));
  });

  it.each([
    ['returns', 'returned: no heartbeat was sent'],
    ['not ready after', 'no good result within 1 s: it is not ready: keepalived is down'],
    ['errors after', 'it does not look as before: listener'],
    ['vanishes', 'the connection was reset'],
    ['refuses', '409 Upgrade refused: the disk of /var has 1 MiB left'],
    ['old agent', 'this agent does not know POST /upgrade'],
  ] as const)('stops at an amphora that %s, and leaves its peer alone', async (fault, reason) => {
    const isOnVip = fault === 'errors after';
    await begin({ [isOnVip ? 0 : 1]: fault });
    const times = { pollMs: 20, settleMs: isOnVip ? 300 : 5, upgradeMs: 1000, beginMs: 100, silentMs: 300 };
    const { exitCode, answer, results } = await run({ times });
    expect(exitCode).toBe(1);
    expect(answer.stopped).toBe('stopped: 1 failed (--stop-on 1)');
    expect(answer.amphorae[isOnVip ? 0 : 1]).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining(reason),
    });
    expect(results.filter((result) => result === 'failed')).toHaveLength(1);
    if (!isOnVip) expect(results.filter((result) => result === 'waiting')).toHaveLength(ALL - 1);
  });

  it('looks again at the upgraded amphorae before each turn, and stops at one that has errors later', async () => {
    await begin({ 0: 'errors later' });
    const { exitCode, answer } = await run({ batch: '1' });
    expect(exitCode).toBe(1);
    expect(answer.amphorae[0]).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(/it does not look as before: listener .* answers of status 5xx in/),
    });
    expect(answer.amphorae.filter(({ result }) => result === 'waiting').length).toBeGreaterThan(0);
  });

  it('knows an upgrade that begins after the connection was lost', async () => {
    await begin({ 1: 'begins late' });
    const times = { pollMs: 20, settleMs: 5, upgradeMs: 60_000, beginMs: 30_000, silentMs: 300 };
    expect((await run({ times })).results).toEqual(repeated(ALL, 'upgraded'));
    expect(fleet.violations).toEqual([]);
  });

  it('goes past an amphora that it can not reach or that is not ready, without touching its peer', async () => {
    await begin({ 3: 'not ready' });
    const file = await readFile(hosts, 'utf8');
    await writeFile(hosts, file.replace(`${fleet.address(5)} `, '127.0.0.1 '));
    const { exitCode, answer, results } = await run();
    expect(exitCode).toBe(3);
    expect(results).toEqual([
      ...['upgraded', 'upgraded', 'held', 'held', 'held', 'unreachable'],
      ...repeated(6, 'upgraded'),
    ]);
    expect(answer.amphorae[2]?.reason).toBe(`its peer ${id(3)} is held back`);
    expect(answer.amphorae[4]?.reason).toContain('its peer may be one of the amphorae');
  });

  it.each([
    ['comes first if the VIP moved to the standby since the survey', 1, 'upgraded'],
    ['and its peer are left alone if both have the VIP', 0, 'held'],
  ])('an amphora that had the VIP %s', async (_, moves, result) => {
    await begin({}, 20, 1);
    fleet.amphorae[0]?.limitMoves(moves);
    fleet.amphorae[1]?.limitMoves(1);
    const { results } = await run();
    expect(results).toEqual([...repeated(2, result), ...repeated(ALL - 2, 'upgraded')]);
    expect(fleet.begun.indexOf(id(0))).toBeLessThanOrEqual(fleet.begun.indexOf(id(1)));
    expect(fleet.violations).toEqual([]);
  });

  it('with --dry-run changes nothing, and shows what each agent says and the turns', async () => {
    await begin({ 1: 'refuses' });
    const { exitCode, answer } = await run({ isTrial: true });
    expect(exitCode).toBe(1);
    expect(answer.amphorae.slice(0, 4)).toMatchObject([
      { result: 'held', turn: null },
      { result: 'failed', turn: null, reason: expect.stringContaining('the disk of /var') },
      { result: 'waiting', turn: 2 },
      { result: 'waiting', turn: 1 },
    ]);
    expect(fleet.begun).toEqual([]);
    await expect(readFile(stateFile())).rejects.toThrow('ENOENT');
  });

  it('refuses wrong options, another bundle and a second command before anything is sent', async () => {
    await begin();
    await expect(run({ batch: '0' })).rejects.toThrow('--batch: must be a number of amphorae');
    await expect(run({ bundle: hosts })).rejects.toThrow('not a bundle of amphora-agent');
    const cut = path.join(directory, 'cut');
    await writeFile(cut, (await readFile(bundleFile)).subarray(0, MIB));
    await expect(run({ bundle: cut })).rejects.toThrow('and its manifest wants');
    await writeFile(stateFile(), '{}');
    await expect(run()).rejects.toThrow('it is not the state of a rollout');
    await rm(stateFile());
    const release = await holdName(rolloutName(stateFile()));
    await expect(run()).rejects.toThrow('another command works on this rollout');
    release?.();
    expect((await run()).exitCode).toBe(0);
  });
});

describe('a rollout that is interrupted', () => {
  const command = () =>
    startCtl(pki, [
      ...['--hosts', hosts, '--port', `${fleet.port}`, '--json', 'upgrade', bundleFile],
      ...['--batch', '3', '--settle', '0'],
    ]);

  it.each([
    ['SIGINT', 1],
    ['SIGKILL', null],
  ] as const)('by %s is resumed where it was', async (signal, code) => {
    await begin({}, 150);
    const { child, result } = command();
    await expect.poll(() => fleet.begun.length, { interval: 5 }).toBeGreaterThan(3);
    child.kill(signal);
    const { exitCode, stdout } = await result;
    expect(exitCode).toBe(code);
    if (code !== null) expect(JSON.parse(stdout).stopped).toContain('interrupted');
    expect(fleet.begun.length).toBeLessThan(ALL);
    const { results } = await run();
    expect(results).toEqual(repeated(ALL, 'upgraded'));
    expect(fleet.amphorae.map(({ accepted }) => accepted)).toEqual(Array.from({ length: ALL }, () => 1));
    expect(fleet.violations).toEqual([]);
  });
});
