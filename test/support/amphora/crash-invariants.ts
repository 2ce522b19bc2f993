import { setTimeout as delay } from 'node:timers/promises';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { TEMPORARY_PREFIX } from '../../../src/host/files.ts';
import type { CrashOperation, CrashScene } from './crash-scene.ts';

const BASE = '/var/lib/octavia';
const WRITTEN_MS = 3000;
const SETTLED_MS = 10_000;
const POLL_MS = 200;

/** Returns the faults of an amphora whose agent was killed during an operation and runs again, one per line: there must be none. */
export async function broken(scene: CrashScene, operation: CrashOperation): Promise<string[]> {
  const problems = await Promise.all([
    halfFiles(scene, operation),
    brokenConfig(scene),
    leftFiles(scene),
    wrongInterfaces(scene),
    strayHaproxys(scene),
  ]);
  if ((await scene.fetch()) === undefined) problems.push(['nothing is served']);
  return problems.flat();
}

async function halfFiles({ amphora }: CrashScene, { name, outcome }: CrashOperation): Promise<string[]> {
  if (outcome === undefined) return [];
  const text = await amphora.readText(outcome.file).catch(() => undefined);
  // before the first run there is no such file
  if (text === undefined || outcome.texts.includes(text)) return [];
  return [`${name}: ${outcome.file} is neither old nor new: ${text.length} characters`];
}

/** Runs haproxy's own check, which reads every file that the configuration names, and compares the stored model with it. */
async function brokenConfig({ amphora, balancer, ask }: CrashScene): Promise<string[]> {
  const config = `${BASE}/${balancer.id}/haproxy.cfg`;
  const check = await amphora.exec(
    ['haproxy', '-c', '-f', config, '-f', `${BASE}/haproxy-default-user-group.conf`],
    { inNamespace: true, okCodes: [0, 1] },
  );
  const problems = check.exitCode === 0 ? [] : [`haproxy.cfg: ${check.output}`];
  const path = `/1.0/loadbalancer/${balancer.id}/haproxy`;
  const [text, model] = [
    await ask('GET', path),
    await ask('GET', path, { headers: { accept: 'application/json' } }),
  ];
  const isFromModel = text.body.includes('/model/');
  if (text.status !== 200) problems.push(`GET haproxy: ${text.status}`);
  if (model.status !== (isFromModel ? 200 : 406)) problems.push(`GET model: ${model.status}`);
  return problems;
}

/** Lists temporary files, too many kept configurations, and certificates and models that no configuration names. */
async function leftFiles(scene: CrashScene): Promise<string[]> {
  const { amphora, balancer } = scene;
  const { stdout } = await amphora.exec(['find', BASE, '/etc/octavia', '/etc/netns', '-type', 'f']);
  const files = stdout.split('\n');
  const temporary = files.filter((file) => file.includes(`/${TEMPORARY_PREFIX}`) || file.endsWith('.new'));
  const inHistory = files.filter((file) => file.includes('/history/'));
  const problems = (await stillThere(scene, temporary)).map((file) => `left: ${file}`);
  // an agent that was killed while it kept a configuration may leave one more, and one twice
  if (inHistory.length > 7) problems.push(`history: ${inHistory.length} files`);
  if (files.filter((file) => file.includes(balancer.id)).length > 40)
    problems.push(`files pile up: ${stdout}`);
  return problems;
}

/** Leaves out the files that the running agent was writing. */
async function stillThere({ amphora }: CrashScene, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  await delay(WRITTEN_MS);
  const { stdout } = await amphora.exec(['find', BASE, '/etc/octavia', '/etc/netns', '-type', 'f']);
  return files.filter((file) => stdout.split('\n').includes(file));
}

/** Compares the addresses of the kernel with those of the interface file. */
async function wrongInterfaces({ amphora }: CrashScene): Promise<string[]> {
  const { stdout: names } = await amphora.exec(['ls', '/etc/octavia/interfaces']);
  const problems: string[] = [];
  for (const name of names.split('\n').filter((entry) => /^eth\d+\.json$/.test(entry))) {
    const file = JSON.parse(await amphora.readText(`/etc/octavia/interfaces/${name}`));
    const wanted: string[] = file.addresses.map(({ address }: { address: string }) => address).sort();
    const { stdout } = await amphora.exec(['ip', '-json', '-4', 'address', 'show', 'dev', file.name], {
      inNamespace: true,
    });
    const found: string[] = JSON.parse(stdout)
      .flatMap((link: { addr_info?: { local: string }[] }) => link.addr_info ?? [])
      .map(({ local }: { local: string }) => local)
      .sort();
    if (`${found}` !== `${wanted}`) problems.push(`${name} has ${wanted}, the kernel ${found}`);
  }
  return problems;
}

/** A worker that ends may for a moment be missing from the master's list, or still be a process. */
async function strayHaproxys(scene: CrashScene): Promise<string[]> {
  const end = performance.now() + SETTLED_MS;
  for (;;) {
    const problems = await haproxysNow(scene);
    if (problems.length === 0 || performance.now() > end) return problems;
    await delay(POLL_MS);
  }
}

async function haproxysNow({ amphora, balancer }: CrashScene): Promise<string[]> {
  const { stdout } = await amphora.exec(['ip', 'netns', 'pids', AMPHORA_NAMESPACE]);
  const pids = stdout.split('\n').filter((pid) => pid !== '');
  const masters = await Promise.all(
    pids.map(async (pid) =>
      (await amphora.readText(`/proc/${pid}/cmdline`).catch(() => '')).includes('master.sock'),
    ),
  );
  const { stdout: shown } = await amphora.exec(
    ['socat', '-t5', '-', `UNIX-CONNECT:${BASE}/${balancer.id}/master.sock`],
    { input: 'show proc\n' },
  );
  const workers = shown.split('\n').filter((line) => /^\d+\s+worker/.test(line)).length;
  const count = masters.filter((isMaster) => isMaster).length;
  return count === workers + 1 ? [] : [`${count} haproxys, of which the master knows ${workers} workers`];
}
