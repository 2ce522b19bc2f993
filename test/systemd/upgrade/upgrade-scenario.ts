import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Controller } from '../../../sandbox/controller/controller.ts';
import { upgradeRecord } from '../../../src/schemas/upgrade-record.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { apt, buildPackage, dpkgAudit } from '../installed-package.ts';
import {
  configure,
  info,
  keptPki,
  LOAD_BALANCER,
  PORT,
  paths,
  reboot,
  run,
  served,
  startAsking,
  startEnabled,
  startHaproxy,
  systemctl,
  uploadHaproxy,
} from '../package/packaged-amphora.ts';
import { type RunningTraffic, startTraffic } from '../traffic-counter.ts';
import { withHeartbeatPause } from './heartbeat-pause.ts';
import { openWebsocket, startWebsocketMember } from './open-websocket.ts';
import type { UpgradeFindings } from './upgrade-findings.ts';
import {
  crashingAgent,
  installedPackage,
  muteAgent,
  newer,
  patchedHaproxy,
  refusingHaproxy,
  silentAgent,
} from './upgrade-packages.ts';
import {
  audited,
  bundleOf,
  ended,
  history,
  installedVersion,
  lastUpgrade,
  leftFiles,
  makeKeys,
  RECOVERY_UNIT,
  runningHaproxy,
  runningPatch,
  send,
  upgradeWith,
} from './upgraded-amphora.ts';
import { connectPair, hasVip, OWN_CONFIG, startPeer, VIP } from './vip-pair.ts';

/** outside of the container; the file kills.json beside it shows how far a long run is */
const FINDINGS = process.argv[2] ?? '';
/** outlives the power cut */
const KEPT = '/var/lib/upgrade-scenario';
const FOUND = path.join(KEPT, 'found.json');
const WEBSOCKET_PORT = 8103;
const MEMBER_PORT = 9000;
const BEAT_PORT = 5555;
/** How often the program of an upgrade is killed. */
const KILLS = Number(process.env['UPGRADE_KILLS']);
/** Each so many kills, one hits an upgrade to a haproxy that refuses the configuration. */
const REFUSED_EVERY = 4;

/** The public key has the name that the option has by default. */
const withUpgrades = (text: string): string =>
  text.replace(/^\[amphora_agent\]\n/m, '[amphora_agent]\nupgrade_deadline = 10\n');

/** Adds the VIP, and a listener whose member echoes websockets. */
const withWebsockets = (
  text: string,
): string => `${text.replace('    bind ', `    bind ${VIP}:${PORT}\n    bind `)}
listen websockets
    bind 127.0.0.1:${WEBSOCKET_PORT}
    timeout tunnel 1h
    server one 127.0.0.1:${MEMBER_PORT}
`;

async function makeAmphora(file: string): Promise<Controller> {
  const pki = await keptPki(KEPT);
  apt(['install', '--no-install-recommends', file]);
  makeKeys();
  await configure(pki, withUpgrades);
  const controller = await startAsking(pki);
  await info(controller);
  await uploadHaproxy(controller, KEPT, withWebsockets);
  await startHaproxy(controller);
  await served();
  connectPair();
  const keepalived = path.join(KEPT, 'keepalived.conf');
  await writeFile(keepalived, OWN_CONFIG);
  await controller.request({ method: 'PUT', path: '/1.0/vrrp/upload', file: keepalived });
  await controller.request({ method: 'PUT', path: '/1.0/vrrp/start' });
  return controller;
}

type Killed = UpgradeFindings['killed'][number];

/** Returns one of two bundles: that of the patch that does not run. */
const nextOf = (bundles: readonly string[]): string =>
  bundles.find((one) => !one.includes(`+patch${runningPatch()}`)) ?? '';

/** Kills the program of an upgrade at some moment, and waits for its end. */
async function killed(
  controller: Controller,
  bundle: string,
  { afterMs, traffic }: { readonly afterMs: number; readonly traffic: RunningTraffic },
): Promise<Killed> {
  const lostBefore = traffic.soFar().lost;
  await send(controller, bundle);
  await delay(afterMs);
  const record = upgradeRecord.parse(JSON.parse(await readFile(paths.upgrade.record, 'utf8')));
  const phase = record.result === null ? record.phase : 'ended';
  systemctl('kill', '--signal=KILL', 'amphora-upgrade.service');
  const { result } = await ended(controller);
  return {
    ...{ afterMs, phase, result, audit: dpkgAudit(), lost: traffic.soFar().lost - lostBefore },
    isOne: installedVersion('haproxy').endsWith(`+patch${runningPatch()}`),
  };
}

/**
 * Kills the programs of upgrades at random moments, until so many kills came before the end of their upgrade.
 * @param upgradeMs how long an upgrade takes; it adapts itself to what is seen
 */
async function killRepeatedly(
  upgradeMs: number,
  kill: (number: number, afterMs: number) => Promise<Killed>,
): Promise<Killed[]> {
  const kills: Killed[] = [];
  let withinMs = upgradeMs;
  while (kills.filter(({ phase }) => phase !== 'ended').length < KILLS) {
    const one = await kill(kills.length, Math.round(withinMs * Math.random()));
    withinMs = one.phase === 'ended' ? one.afterMs : withinMs * 1.02;
    kills.push(one);
    await writeFile(path.join(path.dirname(FINDINGS), 'kills.json'), JSON.stringify(kills));
  }
  return kills;
}

/**
 * Waits until the audit log has the ends of all upgrades in the history: the agent adds one after the history has it. The history
 * keeps fewer than the audit log.
 */
async function allAudited(newestFirst: readonly string[]): Promise<string[]> {
  const last = async (): Promise<string[]> => (await audited()).slice(-newestFirst.length).toReversed();
  await until(async () => isDeepStrictEqual(await last(), newestFirst));
  return last();
}

async function beforePowerCut(): Promise<never> {
  await mkdir(KEPT);
  const agent = await buildPackage(KEPT, '1.2.3');
  const haproxy = await installedPackage(KEPT, 'haproxy');
  const controller = await makeAmphora(agent);
  await startWebsocketMember(MEMBER_PORT);
  const websocket = await openWebsocket(WEBSOCKET_PORT);
  await until(hasVip);
  const traffic = await startTraffic(`http://${VIP}:${PORT}/`, 'outside');
  const peer = await startPeer(path.join(KEPT, 'peer'));
  const upgrade = (...debs: string[]) => upgradeWith(controller, bundleOf(...debs), { websocket, traffic });
  const haproxyBefore = runningHaproxy();
  const patches = [await patchedHaproxy(haproxy, '7'), await patchedHaproxy(haproxy, '8')] as const;
  const patched = await upgrade(patches[0]);
  const refusing = await refusingHaproxy(haproxy);
  const refused = await upgrade(refusing);
  const nextAgent = await newer(agent);
  const { done: newAgent, pauseMs } = await withHeartbeatPause(BEAT_PORT, () => upgrade(nextAgent));
  const crashing = await upgrade(await crashingAgent(agent));
  const silent = await upgrade(await silentAgent(agent));
  const mute = await upgrade(await muteAgent(agent));
  // the agent of this bundle is installed already
  const again = await upgrade(patches[1], nextAgent);
  const keepalived = await upgrade(await newer(await installedPackage(KEPT, 'keepalived')));
  const bundles = patches.map((deb) => `${deb}.bundle`);
  const before = await history(controller);
  const kills = await killRepeatedly(again.seconds * 1000, (kill, afterMs) => {
    // the way back is killed too
    const bundle = kill % REFUSED_EVERY === 1 ? bundleOf(refusing) : nextOf(bundles);
    return killed(controller, bundle, { afterMs, traffic });
  });
  const latest = await history(controller);
  const found: Omit<UpgradeFindings, 'powerCut'> = {
    ...{
      haproxyBefore,
      patched,
      refusing: refused,
      agent: newAgent,
      crashing,
      silent,
      mute,
      again,
      keepalived,
    },
    ...{ killed: kills, pauseMs, traffic: await traffic.stop() },
    pair: { hasVip: hasVip(), peerWasMaster: peer.wasMaster() },
    ...{ history: before, latest, audited: await allAudited(latest) },
  };
  await writeFile(FOUND, JSON.stringify(found));
  return cutPower(controller, bundles);
}

/** Cuts the power while dpkg installs. */
async function cutPower(controller: Controller, bundles: readonly string[]): Promise<never> {
  await send(controller, nextOf(bundles));
  await until(async () => (await readFile(paths.upgrade.record, 'utf8')).includes('"phase": "installing"'));
  return reboot();
}

async function afterPowerCut(): Promise<UpgradeFindings> {
  const found = JSON.parse(await readFile(FOUND, 'utf8'));
  const unit = existsSync(`/etc/systemd/system/${RECOVERY_UNIT}`) ? 'written' : 'missing';
  startEnabled();
  const controller = await startAsking(await keptPki(KEPT));
  await info(controller);
  run('systemctl', 'start', 'amphora-netns.service', `haproxy-${LOAD_BALANCER}`);
  await served();
  const last = await lastUpgrade(controller);
  return {
    ...found,
    powerCut: {
      ...{ result: last?.result ?? null, reason: last?.reason ?? null, unit },
      ...{
        runs: runningHaproxy(),
        package: installedVersion('haproxy'),
        audit: dpkgAudit(),
        left: leftFiles(),
      },
    },
  };
}

const found = existsSync(FOUND) ? await afterPowerCut() : await beforePowerCut();
await writeFile(FINDINGS, JSON.stringify(found));
process.exit(0);
