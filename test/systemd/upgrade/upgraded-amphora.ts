import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Controller } from '../../../sandbox/controller/controller.ts';
import type { UpgradeRecord } from '../../../src/schemas/upgrade-record.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { dpkgAudit } from '../installed-package.ts';
import { agentPid, haproxyPid, LOAD_BALANCER, paths, run, shown } from '../package/packaged-amphora.ts';
import type { RunningTraffic } from '../traffic-counter.ts';
import type { OpenWebsocket } from './open-websocket.ts';
import type { Outcome } from './upgrade-findings.ts';

/** An amphora of the package, and bundles for it. */

export const KEY = '/etc/octavia/upgrade-private.pem';
const PUBLIC_KEY = '/etc/octavia/upgrade.pem';

export const RECOVERY_UNIT = 'amphora-upgrade-recovery.service';

export function makeKeys(): void {
  run('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', KEY);
  run('openssl', 'pkey', '-in', KEY, '-pubout', '-out', PUBLIC_KEY);
}

/** @returns path of the bundle */
export function bundleOf(...debs: string[]): string {
  const [first = ''] = debs;
  const output = `${first}.bundle`;
  run('amphora-agent', 'bundle', '--key', KEY, '--output', output, '--allow-downgrade', ...debs);
  return output;
}

export const installedVersion = (name: string): string =>
  execFileSync('dpkg-query', ['--show', '--showformat', `\${Version}`, name]).toString();

/** The version that the running haproxy shows. */
export const runningHaproxy = (): string =>
  /^Version: (.*)$/m.exec(
    execFileSync('socat', ['-', `UNIX-CONNECT:${paths.loadBalancer(LOAD_BALANCER).statsSocket}`], {
      input: 'show info\n',
    }).toString(),
  )?.[1] ?? '';

/** The letter of patchedHaproxy() that the running haproxy shows: `2.6.12-7+deb12u4` has 7. */
export const runningPatch = (): string => /-(.)/.exec(runningHaproxy())?.[1] ?? '';

export async function lastUpgrade(controller: Controller): Promise<UpgradeRecord | undefined> {
  const answer = await controller.request({ method: 'GET', path: '/upgrade' }).catch(() => undefined);
  return answer?.status === 200 ? (JSON.parse(answer.body).upgrade ?? undefined) : undefined;
}

export async function send(
  controller: Controller,
  file: string,
): Promise<{ status: number; details: string }> {
  const answer = await controller.request({ method: 'POST', path: '/upgrade', file });
  return { status: answer.status, details: JSON.parse(answer.body).details ?? '' };
}

/** Waits until the last upgrade has a result, and its files are removed. */
export async function ended(controller: Controller): Promise<UpgradeRecord> {
  let last: UpgradeRecord | undefined;
  await until(async () => {
    last = await lastUpgrade(controller);
    return (
      last !== undefined && last.result !== null && shown('amphora-upgrade', 'ActiveState') === 'inactive'
    );
  });
  if (last === undefined) throw new Error('no upgrade');
  return last;
}

/** Files that an ended upgrade must not leave. */
export const leftFiles = (): string[] =>
  [
    ...['staging', 'current/packages', 'current/former', 'current/runner'].map((name) =>
      path.join(paths.upgrade.directory, name),
    ),
    ...['', 'multi-user.target.wants/'].map(
      (directory) => `/etc/systemd/system/${directory}${RECOVERY_UNIT}`,
    ),
  ].filter((name) => existsSync(name));

/** Returns the results of all upgrades, the newest first. */
export async function history(controller: Controller): Promise<string[]> {
  const { body } = await controller.request({ method: 'GET', path: '/upgrade/history' });
  return JSON.parse(body).upgrades.map((one: UpgradeRecord) => one.result ?? '');
}

/** Returns the results in the audit log, the oldest first. */
export async function audited(): Promise<string[]> {
  const names = (await readdir(paths.audit)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(paths.audit, name), 'utf8')));
  return texts
    .join('')
    .split('\n')
    .filter((line) => line.includes('"upgrade ended"'))
    .map((line) => JSON.parse(line).result);
}

/** Upgrades with a bundle, and observes the amphora. */
export async function upgradeWith(
  controller: Controller,
  file: string,
  { websocket, traffic }: { readonly websocket: OpenWebsocket; readonly traffic: RunningTraffic },
): Promise<Outcome> {
  const began = performance.now();
  const lostBefore = traffic.soFar().lost;
  const [haproxy, agent, keepalived] = [haproxyPid(), agentPid(), shown('octavia-keepalived', 'MainPID')];
  const { status, details } = await send(controller, file);
  const last = await ended(controller);
  return {
    ...{ status, details, result: last.result, reason: last.reason },
    phases: last.steps.map(({ phase }) => phase),
    packages: { haproxy: installedVersion('haproxy'), agent: installedVersion('amphora-agent') },
    runs: runningHaproxy(),
    sameHaproxy: haproxyPid() === haproxy,
    sameAgent: agentPid() === agent,
    sameKeepalived: shown('octavia-keepalived', 'MainPID') === keepalived,
    websocket: await websocket.works(),
    lost: traffic.soFar().lost - lostBefore,
    audit: dpkgAudit(),
    left: leftFiles(),
    seconds: Math.round((performance.now() - began) / 1000),
  };
}
