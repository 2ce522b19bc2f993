import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { REPOSITORY } from '../repository.ts';
import { bootedRoot } from '../runner/booted-root.ts';

/** Paths in the container of the files that the scenario needs from this machine. */
const REPOSITORY_INSIDE = '/repository';
const NODE_INSIDE = '/opt/node';
const EXCHANGE_INSIDE = '/exchange';

/** A Debian that can become an amphora of our agent; `systemd-peer` is an amphora image of Debian's octavia-agent. */
export type Machine = 'systemd' | 'systemd-peer';

/**
 * Boots a container under real systemd, whose root is a Debian root with a throw-away layer above it, and whose only job
 * is one program of the repository. Needs root; everything ends with the promise.
 * @param scenario its path in the repository; it writes what it found out to the file that its argument names
 * @param environment variables of the program
 * @param machine the name of the Debian root (`sh .ci/setup root NAME` lists its packages)
 * @returns what it wrote, as JSON
 * @throws Error with the container's journal when the program fails or the time (ms) is up
 */
export async function runUnderSystemd(
  scenario: string,
  timeoutMs: number,
  machine: Machine = 'systemd',
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const exchange = await mkdtemp(path.join(tmpdir(), 'systemd-'));
  try {
    await chmod(exchange, 0o755);
    await writeFile(path.join(exchange, 'boot.sh'), bootScript(exchange, bootedRoot(machine)));
    await writeFile(path.join(exchange, 'scenario.service'), scenarioUnit(scenario, environment));
    await writeFile(path.join(exchange, 'scenario.target'), SCENARIO_TARGET);
    const said = await enter(path.join(exchange, 'boot.sh'), timeoutMs);
    const found = await readText(path.join(exchange, 'found.json'));
    if (found === undefined) throw new Error(`${said}\n${await readText(path.join(exchange, 'journal'))}`);
    return JSON.parse(found);
  } finally {
    await rm(exchange, { recursive: true });
  }
}

const readText = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);

/** Runs the script in namespaces of its own. Killing unshare kills every process in them. */
function enter(script: string, timeoutMs: number): Promise<string> {
  const namespaces = [
    '--mount',
    '--propagation',
    'private',
    '--net',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
  ];
  const child = spawn('unshare', [...namespaces, 'sh', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(`${said}container ended: ${signal ?? code}`));
  });
}

/** A control group of its own separates concurrent containers, and is removed with the groups that systemd made in it. */
const bootScript = (exchange: string, lower: string): string => `set -eu
mount -t tmpfs -o mode=0755 box /run
mkdir -p /run/box/upper /run/box/work /run/box/root
mount -t overlay -o lowerdir=${lower},upperdir=/run/box/upper,workdir=/run/box/work box /run/box/root
root=/run/box/root
mkdir -p $root/var/lib/octavia
cp ${exchange}/scenario.* $root/etc/systemd/system
od -An -N16 -tx1 /dev/urandom | tr -d ' \\n' >$root/etc/machine-id

group=amphora-test-$(basename ${exchange})
if [ -e /sys/fs/cgroup/cgroup.procs ]; then trees=/sys/fs/cgroup; else trees='/sys/fs/cgroup/systemd /sys/fs/cgroup/unified'; fi
for tree in $trees; do
  [ -d $tree ] || continue
  mkdir $tree/$group
  echo 0 >$tree/$group/cgroup.procs
done
# what systemd-nspawn ends with when the container reboots
status=133
while [ $status = 133 ]; do
  status=0
  systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --private-network --console=pipe \\
    --directory=$root --bind-ro=${REPOSITORY}:${REPOSITORY_INSIDE} --bind-ro=${process.execPath}:${NODE_INSIDE} \\
    --bind=${exchange}:${EXCHANGE_INSIDE} /usr/lib/systemd/systemd systemd.unit=scenario.target || status=$?
done
for tree in $trees; do
  [ -d $tree/$group ] || continue
  echo 0 >$tree/cgroup.procs
  find $tree/$group -depth -type d -exec rmdir {} +
done
exit $status
`;

const scenarioUnit = (scenario: string, environment: Readonly<Record<string, string>>): string => `[Unit]
DefaultDependencies=no
After=sysinit.target systemd-journald.socket
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
TimeoutStartSec=infinity
${Object.entries(environment)
  .map(([name, value]) => `Environment=${name}=${value}\n`)
  .join('')}ExecStart=${NODE_INSIDE} ${REPOSITORY_INSIDE}/${scenario} ${EXCHANGE_INSIDE}/found.json
ExecStopPost=/bin/sh -c 'journalctl --sync; journalctl --no-pager -n 200 >${EXCHANGE_INSIDE}/journal'
`;

const SCENARIO_TARGET = `[Unit]
DefaultDependencies=no
Requires=scenario.service sysinit.target systemd-journald.service
`;
