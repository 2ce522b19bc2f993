import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../sandbox/programs/long-running.ts';
import { runProgram } from '../../sandbox/programs/programs.ts';
import { parseUpgradeRecord, type UpgradeRecord } from '../../src/schemas/upgrade-record.ts';
import { REPOSITORY } from '../repository.ts';
import { installedPackage, newer, patchedHaproxy } from '../systemd/upgrade/upgrade-packages.ts';
import { AGENT_PORT, type AmphoraMachine, type ImageLab } from './amphora-machines.ts';
import { report } from './figures.ts';

/** An upgrade of an amphora that was booted from the image: another haproxy and another keepalived. */

/** stands in the version of the patched haproxy */
export const PATCH = '7';
export const PACKAGES = ['haproxy', 'keepalived'] as const;
const BUNDLE_MS = 120_000;
/** An emulated machine needs a minute to receive, check and accept a bundle. */
const ACCEPTANCE_MS = 300_000;
const UPGRADE_MS = 900_000;
const POLL_MS = 2_000;

/** Returns the installed versions of haproxy and keepalived. */
export async function installedVersions({ shell }: AmphoraMachine): Promise<Record<string, string>> {
  const lines = await shell(`dpkg-query --show ${PACKAGES.join(' ')}`);
  return Object.fromEntries(lines.split('\n').map((line) => line.split('\t')));
}

/**
 * Makes a bundle from the haproxy and the keepalived of this Debian root, which has the suite of the image.
 * @param key path of the private key @param from the versions that the amphorae have @returns path of the bundle
 */
export async function bundleForPair(
  directory: string,
  key: string,
  from: Readonly<Record<string, string>>,
): Promise<string> {
  const [haproxy, keepalived] = [
    await patchedHaproxy(await installedPackage(directory, 'haproxy'), PATCH),
    await newer(await installedPackage(directory, 'keepalived')),
  ];
  const output = path.join(directory, 'pair.bundle');
  const lowest = Object.entries(from).flatMap(([name, version]) => ['--from', `${name}=${version}`]);
  // the image may have a newer security update than this root
  const options = ['--key', key, '--output', output, '--allow-downgrade', ...lowest];
  execFileSync(
    process.execPath,
    [path.join(REPOSITORY, 'src/main.ts'), 'bundle', ...options, haproxy, keepalived],
    { timeout: BUNDLE_MS },
  );
  return output;
}

/**
 * Sends a bundle as docs/upgrade.md says, and waits for the end of the upgrade.
 * @throws Error with the log of the upgrade if it does not succeed
 */
export async function upgradeMachine(
  { pki }: ImageLab,
  amphora: AmphoraMachine,
  bundle: string,
): Promise<UpgradeRecord> {
  const { id, address } = amphora;
  const tls = ['--cacert', pki.serverAuthority.certificate, '--cert', pki.client];
  const to = ['--connect-to', `${id}:${AGENT_PORT}:${address}:${AGENT_PORT}`];
  const url = `https://${id}:${AGENT_PORT}/upgrade`;
  const argv = ['curl', '--silent', '--show-error', ...tls, ...to, '--upload-file', bundle] as const;
  const accepted = await runProgram([...argv, '--request', 'POST', '--write-out', '\n%{http_code}', url], {
    timeoutMs: ACCEPTANCE_MS,
  });
  if (!accepted.stdout.endsWith('\n202')) throw new Error(`POST /upgrade: ${accepted.stdout}`);
  let last: UpgradeRecord | undefined;
  await until(
    async () => {
      await delay(POLL_MS);
      last = await lastUpgrade(amphora);
      return last !== undefined && last.result !== null;
    },
    UPGRADE_MS,
    'the end of the upgrade',
  );
  if (last?.result === 'succeeded') return last;
  const log = await amphora.shell('journalctl --quiet --no-pager --unit amphora-upgrade.service');
  throw new Error(`upgrade ${last?.result}: ${last?.reason}\n${log}`);
}

/** Prints how long each phase of an upgrade took. @param who the amphora */
export function reportUpgrade(who: string, { steps }: UpgradeRecord): void {
  for (const { phase, began_at, ended_at } of steps)
    report(
      `upgrade of the ${who}, ${phase}`,
      (Date.parse(ended_at ?? '') - Date.parse(began_at)) / 1000,
      's',
    );
}

/** @returns undefined while the agent gives no answer */
async function lastUpgrade({ controller }: AmphoraMachine): Promise<UpgradeRecord | undefined> {
  const answer = await controller.request({ method: 'GET', path: '/upgrade' }).catch(() => undefined);
  return answer?.status === 200
    ? parseUpgradeRecord(JSON.stringify(JSON.parse(answer.body).upgrade))
    : undefined;
}

/** The programs that run on an amphora. */
export interface Running {
  /** the version that the running haproxy shows */
  readonly haproxy: string;
  readonly keepalivedPid: string;
  /** whether the running keepalived is the installed one */
  readonly isInstalledKeepalived: boolean;
  /** how often keepalived has become master since the boot */
  readonly becameMaster: number;
}

export async function runningOn({ shell }: AmphoraMachine, loadBalancer: string): Promise<Running> {
  const socket = `IO::Socket::UNIX->new(Peer => "/var/lib/octavia/${loadBalancer}.sock")`;
  const info = `$s = ${socket}; print $s "show info\\n"; print grep /^Version:/, <$s>`;
  const haproxy = await shell(`perl -MIO::Socket::UNIX -e '${info}'`);
  const keepalivedPid = await shell('systemctl show --property MainPID --value octavia-keepalived');
  // the unit alone: the log of sudo has this very command
  const log = 'journalctl --boot --quiet --unit octavia-keepalived';
  const masters = await shell(`${log} | grep -c "Entering MASTER STATE" || true`);
  return {
    haproxy: haproxy.replace('Version: ', ''),
    keepalivedPid,
    isInstalledKeepalived: !(await shell(`readlink /proc/${keepalivedPid}/exe`)).includes('deleted'),
    becameMaster: Number(masters),
  };
}
