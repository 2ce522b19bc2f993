import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CHECK_TEXT } from '../../../src/domain/haproxy/haproxy-check.ts';
import {
  AMPHORA_NAMESPACE,
  CHECK_CONFIG,
  HARD_STOP_CONFIG,
  USER_GROUP_CONFIG,
} from '../../../src/domain/paths.ts';
import { hardStopText } from '../../../src/domain/service-definitions.ts';
import { ServiceFailed } from '../../../src/errors.ts';
import type { ServiceManager } from '../../../src/host/services/services.ts';
import { renderKeepalivedMain } from '../../../src/render/keepalived-main.ts';
import type { RenderTemplate } from '../../../src/render/templates.ts';

/** The surroundings that tests of services need from an amphora. To be used in private namespaces only. */

export const IN_NAMESPACE = [`--net=/run/netns/${AMPHORA_NAMESPACE}`, '--'];
const ip = (...args: string[]): string =>
  execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/** Writes the files of the agent that haproxy reads beside its configuration. */
export async function writeHaproxySettings(): Promise<void> {
  await mkdir(path.dirname(USER_GROUP_CONFIG), { recursive: true });
  await writeFile(USER_GROUP_CONFIG, 'global\n    user nobody\n    group nogroup\n');
  await writeFile(CHECK_CONFIG, CHECK_TEXT);
  await writeFile(HARD_STOP_CONFIG, hardStopText(0));
}

/** Makes the namespace amphora-haproxy with its loopback, unless it exists. */
export function makeNamespace(): void {
  if (!ip('netns', 'list').includes(AMPHORA_NAMESPACE)) ip('netns', 'add', AMPHORA_NAMESPACE);
  ip('-n', AMPHORA_NAMESPACE, 'link', 'set', 'lo', 'up');
}

/** Removes the namespace with all interfaces in it: tests of other files begin without one. */
export function removeNamespace(): void {
  ip('netns', 'delete', AMPHORA_NAMESPACE);
}

/** Makes an eth1 in the namespace: keepalived accepts no loopback. */
export function makeInterface(): void {
  const inside = (...args: string[]): string => ip('-n', AMPHORA_NAMESPACE, ...args);
  if (inside('link').includes('eth1')) return;
  inside('link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'wire');
  inside('address', 'add', '192.0.2.1/24', 'dev', 'eth1');
  for (const name of ['wire', 'eth1']) inside('link', 'set', name, 'up');
}

/** Returns the configuration of a haproxy that answers with the text itself. */
export function haproxyConfig(statsSocket: string, answer: string, ports: readonly number[]): string {
  return [
    'global',
    '    maxconn 100',
    `    stats socket ${statsSocket} mode 0666 level user`,
    'defaults',
    '    mode http',
    '    timeout client 5s',
    '    timeout server 5s',
    '    timeout connect 5s',
    'frontend main',
    ...ports.map((port) => `    bind 127.0.0.1:${port}`),
    `    http-request return status 200 content-type text/plain string "${answer}"`,
    '',
  ].join('\n');
}

/** Fetches the answer on a port of the namespace's loopback. @returns the body, or undefined without an answer */
export function getInNamespace(port: number): string | undefined {
  try {
    const curl = ['curl', '--silent', '--max-time', '2', `http://127.0.0.1:${port}/`];
    return execFileSync('nsenter', [...IN_NAMESPACE, ...curl]).toString();
  } catch {
    return undefined;
  }
}

/** The configuration of a keepalived on eth1 that owns no address. */
export const KEEPALIVED_CONFIG = [
  'vrrp_instance VI_1 {',
  '  state BACKUP',
  '  interface eth1',
  '  virtual_router_id 7',
  '  priority 100',
  '  unicast_src_ip 192.0.2.1',
  '  unicast_peer {',
  '    192.0.2.2',
  '  }',
  '}',
  '',
].join('\n');

/** Writes the configuration of the agent's keepalived and the file with its start options. */
export async function storeKeepalived(
  render: RenderTemplate,
  files: { readonly mainConfig: string; readonly config: string },
  text: string = KEEPALIVED_CONFIG,
): Promise<void> {
  for (const file of [files.mainConfig, files.config]) await mkdir(path.dirname(file), { recursive: true });
  await writeFile(files.config, text);
  await writeFile(files.mainConfig, renderKeepalivedMain(render, files, { isScriptSecure: true }));
}

/** Listens on a port of the namespace until it is killed. haproxy cannot share that port. */
export async function listenExclusively(port: number): Promise<ChildProcess> {
  const listen = ['socat', `TCP-LISTEN:${port},bind=127.0.0.1,fork`, 'SYSTEM:sleep 60'];
  const listener = spawn('nsenter', [...IN_NAMESPACE, ...listen], { stdio: 'ignore' });
  const ss = ['ss', '--listening', '--tcp', '--numeric'];
  await until(() =>
    execFileSync('nsenter', [...IN_NAMESPACE, ...ss])
      .toString()
      .includes(`127.0.0.1:${port} `),
  );
  return listener;
}

/** Repeats the check until the condition holds; the test's own time limit ends it. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(20);
}

const RELOAD_AGAIN_MS = 2000;

/** Reloads until the condition holds: haproxy loses a signal that comes too soon after it started or reloaded. */
export async function reloadUntil(
  manager: Pick<ServiceManager, 'reload'>,
  name: string,
  condition: () => Promise<boolean>,
): Promise<void> {
  let reloadedAt = Number.NEGATIVE_INFINITY;
  await until(async () => {
    if (performance.now() - reloadedAt > RELOAD_AGAIN_MS) {
      await manager.reload(name);
      reloadedAt = performance.now();
    }
    return condition();
  });
}

/** Returns the process id of a running service. */
export async function mainPidOf(manager: ServiceManager, name: string): Promise<number> {
  const { mainPid } = await manager.state(name);
  if (mainPid === undefined) throw new Error(`${name} has no main process`);
  return mainPid;
}

/** Waits for a main process other than the one before. */
export async function nextMainPid(manager: ServiceManager, name: string, before: number): Promise<number> {
  await until(async () => ((await manager.state(name)).mainPid ?? before) !== before);
  return mainPidOf(manager, name);
}

/** Returns the error of an action that must fail. */
export async function failureOf(action: Promise<void>): Promise<ServiceFailed> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServiceFailed)) throw new Error(`not refused: ${error}`);
  return error;
}
