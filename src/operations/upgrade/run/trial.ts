import { checkMemory, haproxyCheck, inMemory } from '../../../domain/haproxy/haproxy-check.ts';
import { peerName } from '../../../domain/haproxy/haproxy-text.ts';
import type { HaproxyId } from '../../../domain/ids.ts';
import { judgeWhileReading } from '../../../domain/keepalived/lvs-complaints.ts';
import { USER_GROUP_CONFIG } from '../../../domain/paths.ts';
import { CommandFailed } from '../../../errors.ts';
import { parseBrokenSubjects, type StateBefore } from '../../../schemas/upgrade-run.ts';
import { writeCheckConfig } from '../../haproxy/config-check.ts';
import { configTest } from '../../keepalived/config-check.ts';
import { loadBalancerIds } from '../../stored-configs.ts';
import type { RunContext } from './run-context.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

const CHECK_MS = 120_000;
/** `amphora-agent check` ends with 1 for degraded, and with 2 for broken. */
const REPORT_CODES = [0, 1, 2];

/**
 * Tries the installed programs while the old ones still run: the self-test of the agent, and haproxy with each stored
 * configuration, also one that came after the upgrade began. A fault from before the upgrade is none of the upgrade.
 * @throws UpgradeFailed with the first new fault
 */
export async function tryInstalled(context: RunContext, before: StateBefore): Promise<void> {
  for (const id of await loadBalancerIds(context)) {
    if (before.refused.includes(id)) continue;
    const refusal = await refusalOf(context, id);
    if (refusal !== undefined)
      throw new UpgradeFailed(`the new haproxy refuses the configuration of load balancer ${id}: ${refusal}`);
  }
  const hasVip = await context.host.files.exists(context.paths.vrrp.config);
  if (before.accepts_keepalived && hasVip && !(await acceptsKeepalived(context)))
    throw new UpgradeFailed('the new keepalived refuses the stored configuration of the VIP');
  const broken = (await brokenSubjects(context)).filter((subject) => !before.broken.includes(subject));
  if (broken.length > 0)
    throw new UpgradeFailed(`amphora-agent check: ${broken.join(', ')} broken with the new packages`);
}

/** Returns the ids of the load balancers whose stored configuration the installed haproxy refuses. */
export async function refusedConfigurations(context: RunContext): Promise<HaproxyId[]> {
  const refused: HaproxyId[] = [];
  for (const id of await loadBalancerIds(context)) {
    if ((await refusalOf(context, id)) !== undefined) refused.push(id);
  }
  return refused;
}

/**
 * Returns the last line of haproxy's check of a stored configuration; undefined when haproxy accepts it, or when a controller
 * has deleted the load balancer in the meantime.
 */
async function refusalOf(context: RunContext, id: HaproxyId): Promise<string | undefined> {
  const { config, paths, host } = context;
  await writeCheckConfig(context);
  const { config: file } = paths.loadBalancer(id);
  const peer = peerName(config().amphoraId);
  const command = haproxyCheck({ haproxyCmd: config().haproxyCmd, files: [file, USER_GROUP_CONFIG], peer });
  const { total } = await host.system.memory();
  try {
    await host.commands.run(inMemory(checkMemory(total), command), { timeoutMs: CHECK_MS });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (!(await host.files.exists(file))) return undefined;
    return error.output.trim().split('\n').at(-1) || error.message;
  }
}

/** Returns whether the installed keepalived accepts the stored configuration of the VIP; false without one. */
export async function acceptsKeepalived({ paths, host }: RunContext): Promise<boolean> {
  if (!(await host.files.exists(paths.vrrp.config))) return false;
  const verdict = judgeWhileReading(true);
  const { hasCrashed } = await configTest(host.commands, paths.vrrp.config, verdict.read);
  return !hasCrashed && !verdict.isBroken();
}

/**
 * Returns the broken subjects of the installed agent's self-test.
 * @throws UpgradeFailed when it gives no report
 */
export async function brokenSubjects({ configFile, host }: RunContext): Promise<string[]> {
  const argv = ['amphora-agent', '--config-file', configFile, 'check', '--json'] as const;
  try {
    const { stdout } = await host.commands.run(argv, { timeoutMs: CHECK_MS, okCodes: REPORT_CODES });
    const broken = parseBrokenSubjects(stdout);
    if (broken === undefined) throw new UpgradeFailed('amphora-agent check printed no report');
    return broken;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UpgradeFailed(`amphora-agent check ${error.message}`, { cause: error });
  }
}
