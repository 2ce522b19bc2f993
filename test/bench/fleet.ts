/**
 * npm run bench:fleet [-- --amphorae N] [-- --parallel N] [-- --listeners N] [-- --json FILE]: ctl on a fleet of simulated amphorae, small servers that
 * speak the API over mutual TLS, each on an address of its own in 127.0.0.0/8. They are pairs, and the first of each has the VIP.
 * Time and largest memory of `status`, `drift` and `upgrade`, which is killed halfway and resumed by a second command.
 * Ends with 1 if both of a pair were upgraded at the same time, if one was upgraded twice or never, if one with the VIP came before
 * its standby, or if a command took more than 256 MiB.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { INTERPRETER } from '../../packaging/bundle/bundle.ts';
import { createPki, type Pki } from '../../sandbox/controller/pki.ts';
import { startCtl } from '../support/fleet/ctl-command.ts';
import { writeFleetBundle } from '../support/fleet/fleet-bundle.ts';
import { type SimulatedFleet, simulatedId, startSimulatedFleet } from '../support/fleet/simulated-fleet.ts';

const MOST_MEMORY_MIB = 256;
const UPGRADE_MS = 500;
const BUNDLE_BYTES = 1024 * 1024;

const { values } = parseArgs({
  options: {
    amphorae: { type: 'string', default: '1000' },
    parallel: { type: 'string', default: '20' },
    listeners: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
const count = Number(values.amphorae);

interface Figures {
  readonly what: string;
  readonly seconds: number;
  /** largest resident memory of the command, in MiB */
  readonly memory: number;
  readonly exitCode: number | null;
}

const figures: Figures[] = [];
const faults: string[] = [];

/** The flags of the installed program, so that the heap has its limit. In lite mode, Node can't run the sources. */
const FLAGS = INTERPRETER.split(' ').filter((word) => word.startsWith('--') && word !== '--lite-mode');

interface Scene {
  readonly pki: Pki;
  readonly fleet: SimulatedFleet;
  readonly hosts: string;
}

/** Runs a command on the fleet. @param killWhen ends it by SIGKILL when it returns true */
async function measure(
  { pki, fleet, hosts }: Scene,
  what: string,
  words: readonly string[],
  killWhen: () => boolean = () => false,
): Promise<string> {
  const begin = performance.now();
  const common = ['--hosts', hosts, '--port', `${fleet.port}`, '--parallel', values.parallel, '--json'];
  const { child, result } = startCtl(pki, [...common, ...words], FLAGS);
  let memory = 0;
  const timer = setInterval(() => {
    void residentPeak(child.pid).then((mib) => {
      memory = Math.max(memory, mib);
    });
    if (killWhen()) child.kill('SIGKILL');
  }, 100);
  const { exitCode, stdout, stderr } = await result;
  clearInterval(timer);
  const seconds = (performance.now() - begin) / 1000;
  figures.push({ what, seconds, memory, exitCode });
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s, ${memory.toFixed(0)} MiB, exit code ${exitCode}\n`);
  if (memory > MOST_MEMORY_MIB) faults.push(`${what}: more than ${MOST_MEMORY_MIB} MiB`);
  if (exitCode !== 0 && exitCode !== null)
    faults.push(`${what}: ${stderr.slice(0, 500)}${stdout.slice(-500)}`);
  return stdout;
}

/** Returns the largest resident memory of a process until now, in MiB; 0 after its end. */
async function residentPeak(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(text) ?? [];
  return Number(kib) / 1024;
}

async function run(directory: string): Promise<void> {
  const pki = await createPki(directory);
  const bundleFile = path.join(directory, 'fix.bundle');
  const bundle = await writeFleetBundle(bundleFile, BUNDLE_BYTES);
  const settings = Array.from({ length: count }, (_, index) => ({
    ...{ id: simulatedId(1, index), loadBalancer: simulatedId(2, index >> 1), holdsVip: index % 2 === 0 },
    ...{ fault: 'none' as const, upgradeMs: UPGRADE_MS, listeners: Number(values.listeners) },
  }));
  const fleet = await startSimulatedFleet(pki, settings, bundle);
  const hosts = path.join(directory, 'hosts');
  await writeFile(hosts, settings.map(({ id }, index) => `${fleet.address(index)} ${id}\n`).join(''));
  const scene = { pki, fleet, hosts };
  process.stdout.write(
    `${count} amphorae in ${Math.ceil(count / 2)} pairs with ${values.listeners} listeners, ${values.parallel} at a time\n`,
  );
  await measure(scene, 'status', ['status']);
  await measure(scene, 'drift', ['drift']);
  const upgrade = ['upgrade', bundleFile, '--settle', '1'];
  await measure(scene, 'upgrade, killed halfway', upgrade, () => fleet.begun.length > count / 2);
  await measure(scene, 'upgrade, resumed', upgrade);
  judge(fleet);
  await fleet.close();
}

/** Looks at what the amphorae saw. */
function judge(fleet: SimulatedFleet): void {
  const wrong = fleet.amphorae.filter(({ accepted }) => accepted !== 1).length;
  if (wrong > 0) faults.push(`${wrong} amphorae were not upgraded exactly once`);
  if (fleet.violations.length > 0) faults.push(`both of ${fleet.violations.length} pairs at a time`);
  const places = new Map(fleet.begun.map((id, place) => [id, place]));
  const placeOf = (index: number): number =>
    places.get(fleet.amphorae[index]?.settings.id ?? '') ?? Number.POSITIVE_INFINITY;
  const early = fleet.amphorae.filter(
    ({ settings }, index) => settings.holdsVip && placeOf(index) < placeOf(index + 1),
  ).length;
  if (early > 0) faults.push(`${early} amphorae with a VIP came before their standby`);
  process.stdout.write(
    `both of a pair at a time: ${fleet.violations.length}; upgraded twice or never: ${wrong}; before the standby: ${early}; most at once: ${fleet.mostAtOnce()}\n`,
  );
}

const directory = await mkdtemp(path.join(tmpdir(), 'bench-fleet-'));
try {
  await run(directory);
} finally {
  await rm(directory, { recursive: true });
}
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ count, figures, faults }, undefined, 2)}\n`);
for (const fault of faults) process.stdout.write(`MISSED: ${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
