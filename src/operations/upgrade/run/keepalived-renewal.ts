import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asAddressOwner } from '../../../domain/keepalived/address-owner.ts';
import { virtualAddresses } from '../../../domain/keepalived/virtual-addresses.ts';
import { ipVersion } from '../../../domain/network/addresses.ts';
import { parseHolders } from '../../../domain/network/ip-json.ts';
import { KEEPALIVED_SERVICE, UNIT_DIRECTORY } from '../../../domain/paths.ts';
import type { OutputMark } from '../../../host/services/services.ts';
import { reloadKeepalived } from '../../keepalived/start.ts';
import type { RunContext } from './run-context.ts';
import { restartService, systemctl } from './service-restart.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

/** Files that a reboot removes. */
const DIRECTORY = '/run/amphora-upgrade';
const OWNER_CONFIG = path.join(DIRECTORY, 'keepalived.conf');
const OWNER_MAIN = path.join(DIRECTORY, 'main.conf');
const DROP_IN_DIRECTORY = `/run/systemd/system/${KEEPALIVED_SERVICE}.service.d`;
const DROP_IN = path.join(DROP_IN_DIRECTORY, 'amphora-upgrade.conf');
const UNIT = `${KEEPALIVED_SERVICE}.service`;
const SECRET_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const UNIT_MODE = 0o644;
/** keepalived is master some milliseconds after its start. */
const MASTER_MS = 10_000;
/** The time after which a keepalived with an unreadable log counts as started. */
const UNREADABLE_MS = 2_000;
const IS_MASTER = /Entering MASTER STATE/;
const LOOK_MS = 50;
const IP_MS = 10_000;
const LOOPBACK = 'lo';

/**
 * Restarts the keepalived of the VIP. A master stays master: keepalived is killed, so that it does not give its addresses up,
 * and starts as the owner of its addresses; a reload then gives it its usual configuration. A backup just restarts.
 * @throws CommandFailed, ServiceFailed, UpgradeFailed
 */
export async function restartKeepalived(context: RunContext): Promise<void> {
  const text = (await context.host.files.readText(context.paths.vrrp.config)) ?? '';
  const addresses = virtualAddresses(text);
  const owner = (await holdsAll(context, addresses)) ? await ownerFiles(context, text) : undefined;
  if (owner === undefined) return restartService(context, KEEPALIVED_SERVICE);
  context.logger.info({ addresses }, 'keepalived restarts as master: the VIP stays here');
  await writeOwner(context, owner);
  // keepalived removes and sets its addresses at its start: the loopback interface has them meanwhile
  await changeLoopback(context, 'add', addresses);
  await systemctl(context, 'daemon-reload');
  const mark = await context.host.services.outputMark(KEEPALIVED_SERVICE);
  await systemctl(context, 'restart', UNIT);
  await waitUntilMaster(context, addresses, mark);
  await settleKeepalived(context);
}

/**
 * Gives a keepalived that owns its addresses its usual configuration. Does nothing otherwise. An upgrade that was killed may
 * have left one. @throws CommandFailed, ServiceFailed
 */
export async function settleKeepalived(context: RunContext): Promise<void> {
  const { paths, host } = context;
  if (!(await host.files.exists(DROP_IN))) return;
  const text = (await host.files.readText(paths.vrrp.config)) ?? '';
  await changeLoopback(context, 'delete', virtualAddresses(text));
  // the running keepalived reads this file at each reload until it ends
  const main = (await host.files.readText(OWNER_MAIN)) ?? '';
  await host.files.write(OWNER_MAIN, including(main, paths.vrrp.config), { mode: SECRET_MODE });
  if ((await host.services.state(KEEPALIVED_SERVICE)).status === 'active')
    await reloadKeepalived(context, KEEPALIVED_SERVICE);
  await host.files.remove(OWNER_CONFIG);
  await host.files.remove(DROP_IN_DIRECTORY);
  await systemctl(context, 'daemon-reload');
}

/** The only line of this kind in the file that keepalived is started with. A relative name is one in the directory of that file. */
const INCLUDE = /^include .*$/m;

const including = (main: string, file: string): string => main.replace(INCLUDE, `include ${file}`);

/** The files with which keepalived starts as the owner of its addresses. */
interface OwnerFiles {
  readonly config: string;
  readonly main: string;
  readonly dropIn: string;
}

/** @returns undefined when keepalived has files of another form, for example of another agent */
async function ownerFiles({ paths, host }: RunContext, text: string): Promise<OwnerFiles | undefined> {
  const config = asAddressOwner(text);
  const main = (await host.files.readText(paths.vrrp.mainConfig)) ?? '';
  const unit = (await host.files.readText(path.join(UNIT_DIRECTORY, UNIT))) ?? '';
  const [, start = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  if (config === undefined || !INCLUDE.test(main) || !start.includes(paths.vrrp.mainConfig)) return undefined;
  const lines = [
    '[Service]',
    'ExecStart=',
    `ExecStart=${start.replaceAll(paths.vrrp.mainConfig, OWNER_MAIN)}`,
  ];
  return {
    config,
    main: including(main, OWNER_CONFIG),
    dropIn: [...lines, 'KillMode=control-group', 'KillSignal=SIGKILL', ''].join('\n'),
  };
}

async function writeOwner({ host }: RunContext, { config, main, dropIn }: OwnerFiles): Promise<void> {
  const { files } = host;
  await files.makeDirectory(DIRECTORY, DIRECTORY_MODE);
  await files.write(OWNER_CONFIG, config, { mode: SECRET_MODE });
  await files.write(OWNER_MAIN, main, { mode: SECRET_MODE });
  await files.makeDirectory(DROP_IN_DIRECTORY);
  await files.write(DROP_IN, dropIn, { mode: UNIT_MODE });
}

/** Returns whether interfaces other than the loopback interface have all addresses; false without any. */
async function holdsAll({ host }: RunContext, addresses: readonly string[]): Promise<boolean> {
  for (const address of addresses) {
    const { stdout } = await host.network.run(['ip', '-json', 'address', 'show', 'to', address], IP_MS);
    if (!parseHolders(stdout).some((name) => name !== LOOPBACK)) return false;
  }
  return addresses.length > 0;
}

/** The killed keepalived has left the addresses, so they alone show nothing. */
async function waitUntilMaster(
  context: RunContext,
  addresses: readonly string[],
  mark: OutputMark,
): Promise<void> {
  const began = performance.now();
  for (;;) {
    const log = await context.host.services.outputAfter(KEEPALIVED_SERVICE, mark);
    const age = performance.now() - began;
    const isMaster = log === '' ? age > UNREADABLE_MS : IS_MASTER.test(log);
    if (isMaster && (await holdsAll(context, addresses))) return;
    if (age > MASTER_MS)
      throw new UpgradeFailed(`the new keepalived is not master of ${addresses.join(', ')} after ${age} ms`);
    await delay(LOOK_MS);
  }
}

/** Adds addresses to the loopback interface of the namespace, or deletes them from there. */
async function changeLoopback(
  { host }: RunContext,
  change: 'add' | 'delete',
  addresses: readonly string[],
): Promise<void> {
  for (const version of [4, 6] as const) {
    const length = version === 4 ? 32 : 128;
    const lines = addresses
      .filter((address) => ipVersion(address) === version)
      .map((address) => `address ${change} ${address}/${length} dev ${LOOPBACK}`);
    if (lines.length > 0) await host.network.applyBatch(lines, version);
  }
}
