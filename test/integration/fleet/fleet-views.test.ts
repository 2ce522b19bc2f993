import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPki, type Pki } from '../../../sandbox/controller/pki.ts';
import { fleetOf } from '../../../src/commands/ctl/fleet/fleet.ts';
import { createProgress } from '../../../src/commands/ctl/fleet/progress.ts';
import type { FleetRun } from '../../../src/commands/ctl/fleet/run-fleet.ts';
import { fleetDiagnostics, fleetDrift, fleetStatus } from '../../../src/commands/ctl/fleet/views.ts';
import type { CtlOutcome } from '../../../src/commands/ctl/outcome.ts';
import { startCtl } from '../../support/fleet/ctl-command.ts';
import {
  type SimulatedFleet,
  simulatedId,
  startSimulatedFleet,
} from '../../support/fleet/simulated-fleet.ts';

/** Stands for many amphorae: small servers that speak the API, because a machine has no room for many real ones. */
let fleet: SimulatedFleet;
let pki: Pki;
let directory: string;
let hosts: string;
const ABSENT = simulatedId(1, 0xffff);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'fleet-views-'));
  pki = await createPki(directory);
  const settings = Array.from({ length: 4 }, (_, index) => ({
    ...{ id: simulatedId(1, index), loadBalancer: simulatedId(2, index >> 1), holdsVip: index % 2 === 0 },
    ...{ fault: index === 3 ? ('not ready' as const) : ('none' as const), upgradeMs: 1 },
  }));
  fleet = await startSimulatedFleet(pki, settings, 'bundle');
  hosts = path.join(directory, 'hosts.json');
  await writeFile(
    hosts,
    JSON.stringify([
      ...settings.map(({ id, loadBalancer }, index) => ({
        ...{ id, loadbalancer_id: loadBalancer, status: 'ALLOCATED', role: 'MASTER' },
        ...{ lb_network_ip: fleet.address(index), ha_ip: '10.0.1.100' },
      })),
      { id: ABSENT, loadbalancer_id: null, status: 'DELETED', role: null, lb_network_ip: null, ha_ip: null },
    ]),
  );
});
afterAll(async () => {
  await fleet.close();
  await rm(directory, { recursive: true });
});

const lines = async (name: string, count: number, more = ''): Promise<string> => {
  const file = path.join(directory, name);
  const rows = Array.from(
    { length: count },
    (_, index) => `${fleet.address(index)} ${simulatedId(1, index)}\n`,
  );
  await writeFile(file, `${rows.join('')}${more}`);
  return file;
};
/** Runs a subcommand in this process. Only one test starts a process, because that takes longer than the requests. */
const run = async (file: string, use: (run: FleetRun) => Promise<CtlOutcome>) => {
  const files = { cert: pki.client, cacert: pki.serverAuthority.certificate };
  const fleetFound = await fleetOf({ hosts: file, parallel: 2, port: `${fleet.port}`, ...files });
  const progress = createProgress(process.stderr, true);
  const { exitCode, output } = await use({
    ...{ fleet: fleetFound, json: true, progress },
    signal: new AbortController().signal,
  });
  return { exitCode, answer: JSON.parse(output) };
};
const ctl = (file: string, ...words: readonly string[]) =>
  startCtl(pki, ['--hosts', file, '--port', `${fleet.port}`, ...words]).result;

describe('ctl --hosts', () => {
  it('shows the status of all, in the order of the file, with the amphorae that it leaves out', async () => {
    const { exitCode, stdout } = await ctl(hosts, 'status');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      new RegExp(
        `│ ${simulatedId(1, 0)} │ ${fleet.address(0)} │ ready {5}│ ${simulatedId(2, 0)} │ this amphora │`,
      ),
    );
    expect(stdout).toContain(`left out: ${ABSENT}: its status is DELETED`);
    expect(stdout).toContain('4 amphorae: 3 ready, 1 not ready');
    const { amphorae, left_out: leftOut } = (await run(hosts, fleetStatus)).answer;
    expect(amphorae[3]).toMatchObject({
      result: 'not ready',
      reason: 'keepalived is down',
      facts: { ready: false },
    });
    expect(leftOut).toHaveLength(1);
  });

  it('has exit code 3 if an amphora can not be reached, and 0 if all is well', async () => {
    const file = await lines('one-absent', 2, `127.0.0.1 ${ABSENT}\n`);
    const { exitCode, answer } = await run(file, (made) => fleetDrift(made, false));
    expect(exitCode).toBe(3);
    expect(answer.amphorae.map(({ result }: { result: string }) => result)).toEqual([
      ...['no drift', 'no drift', 'unreachable'],
    ]);
    expect(answer.amphorae[2].reason).toMatch(/^nothing listens there/);
    expect(await run(await lines('well', 2), (made) => fleetDrift(made, false))).toMatchObject({
      exitCode: 0,
    });
  });

  it('does not take an answer of another amphora', async () => {
    const file = path.join(directory, 'wrong');
    await writeFile(file, `${fleet.address(0)} ${ABSENT}\n`);
    const { exitCode, answer } = await run(file, fleetStatus);
    expect(exitCode).toBe(3);
    expect(answer.amphorae[0].reason).toContain(`not ${ABSENT}`);
  });

  it('stores an archive of each', async () => {
    const output = path.join(directory, 'archives');
    const { exitCode, answer } = await run(hosts, (made) => fleetDiagnostics(made, output));
    expect({ exitCode, first: answer.amphorae[0].result }).toEqual({ exitCode: 0, first: 'stored' });
    expect(await readdir(output)).toEqual([0, 1, 2, 3].map((index) => `${simulatedId(1, index)}.tar.gz`));
    const first = await readFile(path.join(output, `${simulatedId(1, 0)}.tar.gz`), 'utf8');
    expect(first).toBe(`archive of ${simulatedId(1, 0)}`);
  });

  it('refuses what fits one amphora only, before anything is sent', async () => {
    expect(await ctl(hosts, 'drift', '--repair')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--repair: not with --hosts'),
    });
  });
});
