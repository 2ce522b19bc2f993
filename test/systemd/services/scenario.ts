import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { AMPHORA_NAMESPACE, PLUGGED_INTERFACES, UNIT_DIRECTORY } from '../../../src/domain/paths.ts';
import { HAPROXY_OPEN_FILES } from '../../../src/domain/service-definitions.ts';
import { START_PAUSE_S } from '../../../src/domain/start-pause.ts';
import { createFiles } from '../../../src/host/files.ts';
import { createOpenFiles } from '../../../src/host/processes/open-files.ts';
import { chooseServiceManager } from '../../../src/host/services/create-services.ts';
import { haproxyDefinition, keepalivedDefinition, namespaceDefinition } from '../../../src/render/units.ts';
import { REPOSITORY } from '../../repository.ts';
import {
  getInNamespace,
  haproxyConfig,
  listenExclusively,
  makeInterface,
  storeKeepalived,
  until,
  writeHaproxySettings,
} from '../../support/amphora/amphora-services.ts';
import { failureText, paths, services, unitContext } from '../systemd-services.ts';
import { directReload } from './direct-reload.ts';
import type { Findings } from './findings.ts';

const PORT = 8101;
const ID = loadBalancerId('7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');

/** The services that systemd reported. */
const ended: string[] = [];
const files = createFiles();
const haproxy = haproxyDefinition(unitContext, { id: ID, peer: 'peer' });
const at = paths.loadBalancer(ID);

const configure = (answer: string, ports: readonly number[] = [PORT]): Promise<void> =>
  writeFile(at.config, haproxyConfig(at.statsSocket, answer, ports));
const shown = (unit: string, property: string): string =>
  execFileSync('systemctl', ['show', '--value', `--property=${property}`, unit])
    .toString()
    .trim();

async function nextMainPid(name: string, before: number | undefined): Promise<number | undefined> {
  let pid: number | undefined;
  await until(async () => {
    const state = await services.state(name);
    pid = state.mainPid;
    return state.status === 'active' && pid !== undefined && pid !== before;
  });
  return pid;
}

async function install(): Promise<Findings['install']> {
  await mkdir(at.directory, { recursive: true });
  await writeHaproxySettings();
  await configure('one');
  await writeFile(PLUGGED_INTERFACES, '');
  await services.install(namespaceDefinition(unitContext));
  await services.enable('amphora-netns');
  const links = await enabledLinks();
  const first = await services.install(haproxy);
  await services.enable(haproxy.name);
  const again = await services.install(haproxy);
  await writeFile(`${UNIT_DIRECTORY}/${haproxy.name}.service`, '[Service]\nExecStart=/bin/true\n');
  const changed = await services.install(haproxy);
  shown(haproxy.name, 'ActiveState');
  await writeFile(`${UNIT_DIRECTORY}/${haproxy.name}.service`, haproxy.unit);
  const needed = shown(haproxy.name, 'NeedDaemonReload');
  await services.install(haproxy);
  return {
    chosen: await chooseServiceManager('auto', files),
    first,
    again,
    changed,
    daemonReload: [needed, shown(haproxy.name, 'NeedDaemonReload')],
    enabled: [shown(haproxy.name, 'UnitFileState'), shown('amphora-netns', 'UnitFileState')],
    links,
    state: await services.state(haproxy.name),
  };
}

/** Compares the link that the agent made with the one that `systemctl enable` makes. */
async function enabledLinks(): Promise<Findings['install']['links']> {
  const link = '/etc/systemd/system/multi-user.target.wants/amphora-netns.service';
  const systemctl = (...args: string[]): string => execFileSync('systemctl', args).toString().trim();
  const look = async () => {
    systemctl('daemon-reload');
    return {
      target: await realpath(await readlink(link)),
      state: systemctl('is-enabled', 'amphora-netns'),
      wanted: shown('multi-user.target', 'Wants').includes('amphora-netns.service'),
    };
  };
  const ours = await look();
  systemctl('disable', 'amphora-netns');
  systemctl('enable', 'amphora-netns');
  return [ours, await look()];
}

async function start(): Promise<Findings['start']> {
  await services.start(haproxy.name);
  await services.start(haproxy.name);
  const { status, mainPid } = await services.state(haproxy.name);
  const sysctl = ['sysctl', '--values', 'net.ipv4.ip_forward'];
  const forwarding = execFileSync('ip', ['netns', 'exec', AMPHORA_NAMESPACE, ...sysctl]);
  return {
    status,
    answer: getInNamespace(PORT),
    namespace: execFileSync('ip', ['netns', 'identify', String(mainPid)])
      .toString()
      .trim(),
    pidFile: Number(await readFile(at.pidFile, 'utf8')) === mainPid,
    netns: shown('amphora-netns', 'ActiveState'),
    forwarding: forwarding.toString().trim(),
    openFiles: await openFilesOf(mainPid),
  };
}

/** Returns the descriptor limit of a haproxy, and the one that was computed before its start. */
async function openFilesOf(pid: number | undefined): Promise<Findings['start']['openFiles']> {
  const limits = await readFile(`/proc/${pid}/limits`, 'utf8');
  const openFiles = createOpenFiles(files);
  return {
    hardLimit: Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1]),
    reckoned: await openFiles.mostOfStarted('systemd', HAPROXY_OPEN_FILES),
    running: await openFiles.mostOf(pid ?? 0),
  };
}

/** Waits for a unit whose start lasts, as the agent waits at boot for the namespace's unit. */
async function settled(): Promise<Findings['settled']> {
  const end = '/run/slow-may-end';
  const start = `ExecStart=/bin/sh -c 'until [ -e ${end} ]; do sleep 0.1; done'`;
  const unit = ['[Service]', 'Type=oneshot', 'RemainAfterExit=yes', start, ''];
  await writeFile(`${UNIT_DIRECTORY}/slow.service`, unit.join('\n'));
  execFileSync('systemctl', ['start', '--no-block', 'slow']);
  const before = (await services.state('slow')).status;
  const waiting = services.settled('slow');
  await writeFile(end, '');
  await waiting;
  const after = (await services.state('slow')).status;
  await services.settled('haproxy-unknown');
  return { before, after };
}

async function reload(): Promise<Findings['reload']> {
  const before = await services.state(haproxy.name);
  await configure('two');
  await services.reload(haproxy.name);
  await until(() => getInNamespace(PORT) === 'two');
  const after = await services.state(haproxy.name);
  await writeFile(at.config, 'frontend x\n    bogus\n');
  const refused = await failureText(services.reload(haproxy.name));
  return { sameMaster: before.mainPid === after.mainPid, refused, answer: getInNamespace(PORT) };
}

async function bindConflict(): Promise<Findings['bindConflict']> {
  const occupant = await listenExclusively(PORT + 10);
  await configure('three', [PORT, PORT + 10]);
  const since = await services.outputMark(haproxy.name);
  const said = await failureText(services.reload(haproxy.name));
  let printed = '';
  await until(async () => {
    printed = await services.outputSince(haproxy.name, since);
    return /cannot bind socket/i.test(printed);
  });
  const state = await services.state(haproxy.name);
  await until(() => getInNamespace(PORT) !== undefined);
  const answer = getInNamespace(PORT);
  occupant.kill('SIGKILL');
  await configure('four');
  const mended = await failureText(services.reload(haproxy.name));
  await until(() => getInNamespace(PORT) === 'four');
  return { said, printed, status: state.status, answer, mended };
}

async function crash(): Promise<Findings['crash']> {
  const { mainPid } = await services.state(haproxy.name);
  ended.length = 0;
  process.kill(mainPid ?? 0, 'SIGKILL');
  await nextMainPid(haproxy.name, mainPid);
  await until(() => ended.length > 0);
  services.close();
  return { answer: getInNamespace(PORT), ended: [...new Set(ended)], name: haproxy.name };
}

async function failedStart(): Promise<Findings['failedStart']> {
  await services.stop(haproxy.name);
  const stopped = await services.state(haproxy.name);
  const reloaded = await failureText(services.reload(haproxy.name));
  await writeFile(at.config, 'frontend x\n    bogus\n');
  const said = await failureText(services.start(haproxy.name));
  await delay(START_PAUSE_S * 1000);
  const retries = Number(shown(haproxy.name, 'NRestarts'));
  await until(() => shown(haproxy.name, 'NRestarts') !== '0');
  await configure('five');
  const mended = await failureText(services.start(haproxy.name));
  return {
    stopped,
    reloaded,
    said,
    retries,
    isLimited: shown(haproxy.name, 'StartLimitIntervalUSec') !== '0',
    mended,
    retriesThen: Number(shown(haproxy.name, 'NRestarts')),
    answer: getInNamespace(PORT),
  };
}

async function keepalived(): Promise<Findings['keepalived']> {
  makeInterface();
  const definition = keepalivedDefinition(unitContext);
  await storeKeepalived(unitContext.render, paths.vrrp);
  await services.install(definition);
  await services.start(definition.name);
  const { mainPid } = await services.state(definition.name);
  const pidFile = Number(await readFile(paths.vrrp.pidFile, 'utf8')) === mainPid;
  await services.reload(definition.name);
  const reloaded = await services.state(definition.name);
  process.kill(mainPid ?? 0, 'SIGKILL');
  await nextMainPid(definition.name, mainPid);
  await services.stop(definition.name);
  return { pidFile, sameMain: reloaded.mainPid === mainPid, stopped: await services.state(definition.name) };
}

async function remove(): Promise<Findings['remove']> {
  await services.remove(haproxy.name);
  const file = await files.exists(`${UNIT_DIRECTORY}/${haproxy.name}.service`);
  await services.remove(haproxy.name);
  await services.stop('haproxy-unknown');
  return {
    file,
    answer: getInNamespace(PORT),
    load: shown(haproxy.name, 'LoadState'),
    state: await services.state(haproxy.name),
    unknown: await failureText(services.start('haproxy-unknown')),
  };
}

/** Runs an agent that reports that it is ready, lives for a while and then hangs. */
async function notifier(): Promise<Findings['notifier']> {
  const unit = await readFile(`${REPOSITORY}/systemd/amphora-agent.service`, 'utf8');
  const script = `${REPOSITORY}/test/systemd/services/notifying-agent.ts`;
  const changed = unit
    .replace(/^ConditionPathExists=.*$/m, '')
    .replace(/^ExecStart=.*$/m, `ExecStart=${process.execPath} ${script}`)
    .replace(/^WatchdogSec=.*$/m, 'WatchdogSec=1s');
  await writeFile('/etc/systemd/system/amphora-agent.service', changed);
  execFileSync('systemctl', ['daemon-reload']);
  execFileSync('systemctl', ['start', 'amphora-agent']);
  const status = shown('amphora-agent', 'StatusText');
  const pid = shown('amphora-agent', 'MainPID');
  await delay(2500);
  const restartsWhileAlive = shown('amphora-agent', 'NRestarts');
  process.kill(Number(pid), 'SIGUSR2');
  await until(() => shown('amphora-agent', 'NRestarts') === '1');
  await until(() => shown('amphora-agent', 'ActiveState') === 'active');
  const journal = execFileSync('journalctl', [
    '--unit=amphora-agent',
    '--output=cat',
    '--no-pager',
  ]).toString();
  execFileSync('systemctl', ['stop', 'amphora-agent']);
  return { status, restartsWhileAlive, watchdogBit: /Watchdog timeout/.test(journal) };
}

services.onEnd((name) => ended.push(name));
const found: Findings = {
  install: await install(),
  start: await start(),
  settled: await settled(),
  reload: await reload(),
  directReload: await directReload({ name: haproxy.name, id: ID, port: PORT, configure, shown }),
  bindConflict: await bindConflict(),
  crash: await crash(),
  failedStart: await failedStart(),
  keepalived: await keepalived(),
  remove: await remove(),
  notifier: await notifier(),
};
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
