import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPki, type Pki } from '../../../sandbox/controller/pki.ts';
import { fleetOf } from '../../../src/commands/ctl/fleet/fleet.ts';
import { createProgress } from '../../../src/commands/ctl/fleet/progress.ts';
import { type RolloutOptions, rollOut } from '../../../src/commands/ctl/fleet/rollout.ts';
import { writeFleetBundle } from './fleet-bundle.ts';
import type { SimulatedFault } from './simulated-amphora.ts';
import { type SimulatedFleet, simulatedId, startSimulatedFleet } from './simulated-fleet.ts';

/** Amphorae of a scene: six pairs whose first one has the VIP. */
export const ALL = 12;
export const BUNDLE_BYTES = 2 * 1024 * 1024;

/** Returns the id of an amphora of a scene. @param index its place in the file of hosts, from 0 */
export const id = (index: number): string => simulatedId(1, index);

export const repeated = (count: number, result: string): string[] =>
  Array.from({ length: count }, () => result);

/** What `upgrade --json` prints. */
export interface RolloutAnswer {
  readonly stopped: string | null;
  readonly amphorae: readonly {
    readonly result: string;
    readonly reason: string | null;
    readonly turn?: number;
  }[];
}

/** What a scene has from its beginning to its end. */
interface Setting {
  readonly pki: Pki;
  readonly directory: string;
  /** file of the bundle */
  readonly bundleFile: string;
  /** its id */
  readonly bundle: string;
}

/** The files of rollouts that are tested, and a fleet for each of them. */
export class RolloutScene implements Setting {
  readonly pki: Pki;
  readonly directory: string;
  readonly bundleFile: string;
  readonly bundle: string;
  private begun: { readonly fleet: SimulatedFleet; readonly hosts: string } | undefined;
  private number = 0;

  constructor({ pki, directory, bundleFile, bundle }: Setting) {
    this.pki = pki;
    this.directory = directory;
    this.bundleFile = bundleFile;
    this.bundle = bundle;
  }

  get fleet(): SimulatedFleet {
    return this.current.fleet;
  }

  /** file of hosts */
  get hosts(): string {
    return this.current.hosts;
  }

  get stateFile(): string {
    return `${this.hosts}.rollout.json`;
  }

  private get current() {
    if (this.begun === undefined) throw new Error('the fleet was not started');
    return this.begun;
  }

  /**
   * Starts a new fleet, and writes its file of hosts.
   * @param faults by the place of the amphora
   * @param movesAfter answers of the first two amphorae after which the VIP moves, each time; default: it stays
   */
  async begin(
    faults: Readonly<Record<number, SimulatedFault>> = {},
    upgradeMs = 20,
    movesAfter?: number,
  ): Promise<void> {
    const settings = Array.from({ length: ALL }, (_, index) => ({
      ...{ id: id(index), loadBalancer: simulatedId(2, index >> 1), holdsVip: index % 2 === 0 },
      ...{ fault: faults[index] ?? ('none' as const), upgradeMs },
      ...(movesAfter === undefined || index > 1 ? {} : { movesAfter }),
    }));
    const fleet = await startSimulatedFleet(this.pki, settings, this.bundle);
    this.number += 1;
    const hosts = path.join(this.directory, `hosts-${this.number}`);
    await writeFile(hosts, settings.map((one, index) => `${fleet.address(index)} ${one.id}\n`).join(''));
    this.begun = { fleet, hosts };
  }

  /** Runs `upgrade` on the fleet, in this process. */
  async run(
    { parallel = 4, ...changes }: Partial<RolloutOptions> & { readonly parallel?: number } = {},
    signal = new AbortController().signal,
  ) {
    const files = { cert: this.pki.client, cacert: this.pki.serverAuthority.certificate };
    const found = await fleetOf({ hosts: this.hosts, parallel, port: `${this.fleet.port}`, ...files });
    const options: RolloutOptions = {
      ...{ bundle: this.bundleFile, canary: 1, batch: '3', stopOn: 1, isTrial: false, accepted: [] },
      state: undefined,
      times: { pollMs: 50, settleMs: 5, upgradeMs: 60_000, beginMs: 100, removalMs: 200, silentMs: 300 },
      ...changes,
    };
    const progress = createProgress(process.stderr, true);
    const { exitCode, output } = await rollOut({ fleet: found, json: true, progress, signal }, options);
    const answer: RolloutAnswer = JSON.parse(output);
    return { exitCode, answer, results: answer.amphorae.map(({ result }) => result) };
  }

  /** Ends the fleet. */
  async close(): Promise<void> {
    await this.begun?.fleet.close();
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true });
  }
}

export async function createRolloutScene(): Promise<RolloutScene> {
  const directory = await mkdtemp(path.join(tmpdir(), 'rollout-'));
  const bundleFile = path.join(directory, 'fix.bundle');
  const [pki, bundle] = await Promise.all([createPki(directory), writeFleetBundle(bundleFile, BUNDLE_BYTES)]);
  return new RolloutScene({ pki, directory, bundleFile, bundle });
}
