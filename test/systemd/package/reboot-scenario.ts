import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import type { Controller } from '../../../sandbox/controller/controller.ts';
import { getInNamespace, until } from '../../support/amphora/amphora-services.ts';
import { apt, buildPackage, packageState, repackage } from '../installed-package.ts';
import { startTraffic } from '../traffic-counter.ts';
import {
  configure,
  HAPROXY,
  info,
  keptPki,
  PORT,
  reboot,
  served,
  shown,
  startAsking,
  startEnabled,
  startHaproxy,
  systemctl,
  uploadHaproxy,
} from './packaged-amphora.ts';
import type { RebootFindings, RebootStep } from './reboot-findings.ts';

/** Each step of the package manager under traffic, and a reboot after it. The scenario begins again with every boot. */

/** outlives a reboot of the container */
const KEPT = '/var/lib/reboot-scenario';
const STATE = path.join(KEPT, 'state.json');
const SETTINGS = ['/etc/logrotate-amphora.conf', '/etc/rsyslog.d'];
const PURGE = ['purge', 'amphora-agent'];
const DROP_INS = '/run/systemd/system/amphora-agent.service.d';

const OLD = path.join(KEPT, 'old.deb');
const NEW = path.join(KEPT, 'new.deb');

/** What is done under traffic, whether an agent runs after the reboot, and what is seen to after that. */
interface Step {
  readonly name: string;
  readonly words: readonly string[];
  readonly hasAgent: boolean;
  readonly prepare?: () => Promise<void>;
  readonly after?: (found: RebootFindings) => Promise<void>;
}

const replaceInConfig = async (from: string | RegExp, to: string): Promise<void> =>
  writeFile(AGENT_CONFIG_FILE, (await readFile(AGENT_CONFIG_FILE, 'utf8')).replace(from, to));

const STEPS: readonly Step[] = [
  { name: 'install', words: ['install', '--reinstall', OLD], hasAgent: true },
  { name: 'upgrade', words: ['install', NEW], hasAgent: true },
  { name: 'downgrade', words: ['install', '--allow-downgrades', OLD], hasAgent: true },
  {
    name: 'upgrade with a broken configuration',
    words: ['install', NEW],
    hasAgent: false,
    prepare: () => replaceInConfig('bind_port = 9443', 'bind_port = none'),
    after: () => replaceInConfig('bind_port = none', 'bind_port = 9443'),
  },
  { name: 'remove', words: ['remove', 'amphora-agent'], hasAgent: false, after: afterRemoval },
  { name: 'reinstall', words: ['install', NEW], hasAgent: true, after: refusePurges },
];

/** Names and texts of the settings in /etc that the package brings. */
const settings = (): string =>
  execFileSync('sh', ['-c', `grep --recursive --no-messages . ${SETTINGS.join(' ')} | sort`]).toString();

const failedUnits = (): string =>
  systemctl('list-units', '--failed', '--plain', '--no-legend', 'haproxy*', 'amphora*');

async function afterRemoval(found: RebootFindings): Promise<void> {
  execFileSync('systemctl', ['restart', HAPROXY]);
  found.restarted = { served: await served(), requires: systemctl('is-active', 'amphora-netns.service') };
  await refusePurge(found);
}

async function refusePurge(found: RebootFindings): Promise<void> {
  const agent = (): string => shown('amphora-agent', 'MainPID');
  const before = { settings: settings(), agent: agent() };
  const { code } = apt(PURGE);
  found.refused.push({
    code,
    state: packageState('amphora-agent'),
    settings: [before.settings, settings()],
    agents: [before.agent, agent()],
    served: getInNamespace(PORT),
  });
}

async function refusePurges(found: RebootFindings): Promise<void> {
  await refusePurge(found);
  await mkdir(DROP_INS, { recursive: true });
  // a start that does not end
  await writeFile(path.join(DROP_INS, 'slow.conf'), '[Service]\nExecStartPost=sleep 1d\n');
  systemctl('daemon-reload');
  systemctl('restart', '--no-block', 'amphora-agent');
  await until(() => shown('amphora-agent', 'SubState') === 'start-post');
  await refusePurge(found);
}

async function doStep({
  name,
  words,
  prepare,
}: Step): Promise<Omit<RebootStep, 'served' | 'info' | 'failed'>> {
  await prepare?.();
  const traffic = await startTraffic(`http://127.0.0.1:${PORT}/`, 'namespace');
  const { code } = apt(words);
  await traffic.next(20);
  return { name, code, traffic: await traffic.stop() };
}

async function begin(controller: Controller): Promise<RebootFindings> {
  const built = await buildPackage(KEPT, '1.2.3');
  execFileSync('cp', [built, OLD]);
  execFileSync('cp', [await repackage(built, '1.2.4'), NEW]);
  apt(['install', '--no-install-recommends', OLD]);
  await configure(await keptPki(KEPT));
  await info(controller);
  await uploadHaproxy(controller, KEPT);
  await startHaproxy(controller);
  await served();
  return {
    steps: [],
    restarted: { requires: '' },
    refused: [],
    purged: { code: null, settings: '', failed: '' },
  };
}

await mkdir(KEPT, { recursive: true });
const controller = await startAsking(await keptPki(KEPT));
const isFirst = !existsSync(STATE);
const found: RebootFindings = isFirst ? await begin(controller) : JSON.parse(await readFile(STATE, 'utf8'));
const keep = (): Promise<void> => writeFile(STATE, JSON.stringify(found));

if (!isFirst && found.purged.code === null) {
  startEnabled();
  const current = found.steps.at(-1);
  const step = STEPS[found.steps.length - 1];
  if (current === undefined || step === undefined) throw new Error('a boot without a step before it');
  current.served = await served();
  current.info = step.hasAgent ? await info(controller) : null;
  current.failed = failedUnits();
  await step.after?.(found);
}
const next = STEPS[found.steps.length];
if (next !== undefined) {
  found.steps.push({ ...(await doStep(next)), info: null, failed: '' });
  await keep();
  await reboot();
}
if (found.purged.code === null) {
  found.purged.code = apt(PURGE, { AMPHORA_AGENT_PURGE: 'yes' }).code;
  await keep();
  await reboot();
}
startEnabled();
found.purged = { ...found.purged, settings: settings(), failed: failedUnits() };
await writeFile(process.argv[2] ?? '', JSON.stringify(found));
process.exit(0);
