import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createLab } from '../../../sandbox/lab/lab.ts';
import { PRIVATE_WORLD_MARKER } from '../../../sandbox/lab/private-namespaces.ts';
import { until } from '../../support/amphora/amphora-services.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { askOctavia } from '../../support/heartbeat/octavia-envelope.ts';
import { apt } from '../installed-package.ts';
import { reboot, startEnabled } from '../package/packaged-amphora.ts';
import type { AptTakeoverFindings } from './apt-takeover-findings.ts';
import { shown } from './machine-snapshot.ts';

/** What the scenario needs after a reboot. */
export interface KeptOverReboot {
  readonly found: AptTakeoverFindings;
  /** our package */
  readonly file: string;
  /** exit code of apt before the reboot */
  readonly code: number | null;
  readonly vip: string;
  readonly macAddresses: { readonly vip: string; readonly network: string };
  readonly heartbeatKey: string;
}

const ADDRESS = '127.0.0.1';
const AGENT = [process.execPath, `${import.meta.dirname}/../../../src/main.ts`] as const;
const FIRST_MEMBER_HOST = 21;
const REBOOTS = 2;

/**
 * Makes the networks, members and NICs again, which a reboot of a container removes, and boots the amphora in them.
 * After the first reboot, installs the package again and reboots.
 */
export async function continueAfterReboot(file: string, output: string): Promise<never> {
  const kept: KeptOverReboot = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(PRIVATE_WORLD_MARKER, '');
  const lab = await createLab({ agentCommand: AGENT });
  for (const number of [0, 1]) await lab.startMember(`member${number + 1}`, FIRST_MEMBER_HOST + number);
  await lab.connect('vip', { far: 'nic1', pid: process.pid, mac: kept.macAddresses.vip });
  await lab.connect('member', { far: 'nic2', pid: process.pid, mac: kept.macAddresses.network });
  const receiver = await openHeartbeatReceiver(ADDRESS);
  const config = await readFile(AGENT_CONFIG_FILE, 'utf8');
  await writeFile(
    AGENT_CONFIG_FILE,
    config.replace(/^(controller_ip_port_list *= *).*$/m, `$1${ADDRESS}:${receiver.address.port}`),
  );
  startEnabled();
  const page = (): string =>
    spawnSync('curl', ['--silent', '--max-time', '2', `http://${kept.vip}/`]).stdout.toString();
  await until(async () => /^member/.test(page()));
  await until(async () => receiver.heard.length > 0);
  const { messages } = await askOctavia(kept.heartbeatKey, [receiver.heard[0]?.datagram ?? Buffer.alloc(0)]);
  kept.found.reboots.push({
    code: kept.code,
    agents: Object.fromEntries(
      ['octavia-agent.service', 'amphora-agent.service'].map((unit) => [unit, shown(unit, 'ActiveState')]),
    ),
    page: page(),
    heartbeat: messages[0] !== null,
  });
  if (kept.found.reboots.length < REBOOTS) {
    const { code } = apt(['install', '--no-install-recommends', kept.file]);
    await writeFile(file, JSON.stringify({ ...kept, code }));
    return reboot();
  }
  await writeFile(output, JSON.stringify(kept.found));
  process.exit(0);
}
