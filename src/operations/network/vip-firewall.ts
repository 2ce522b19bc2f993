import path from 'node:path';
import type { FirewallRule } from '../../domain/firewall/firewall-rule.ts';
import { firewallRuleset, storedFirewall } from '../../domain/firewall/nft-ruleset.ts';
import { VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import { CommandFailed, Rejected } from '../../errors.ts';
import { NETWORKS, type OperationContext } from '../context.ts';
import { type DryRun, dryRun } from '../dry-run.ts';
import { loadEgressRules } from './egress-rules.ts';
import type { InterfaceContext } from './interface-context.ts';
import { isEni, namesOfFiles, readInterfaceFile } from './interface-files.ts';

const FILE_MODE = 0o600;

type FirewallContext = Pick<InterfaceContext, 'host' | 'paths' | 'logger'>;

/**
 * Replaces the firewall rules of the VIP's interface: checks, stores and loads them (docs/contract.md, section 8). The next
 * boot loads the stored file.
 * @throws CommandFailed with the output of nft; when nft refuses the rules, the old ones stay in force
 */
export const setVipRules = (
  context: InterfaceContext & Pick<OperationContext, 'queue'>,
  rules: readonly FirewallRule[],
): Promise<void> =>
  context.queue.run(NETWORKS, async () => {
    const { host, paths, logger } = context;
    const isFirst = !(await host.files.exists(paths.vipFirewall));
    const text = firewallRuleset(rules);
    await host.filter.checkNft(text);
    await store(context, text);
    if (isFirst) await endBypass(context);
    await host.filter.loadNft(text);
    logger.info({ interface: VIP_INTERFACE, rules }, 'firewall rules loaded');
  });

/** Returns the effect that setVipRules would have. @param readRules throws InvalidInput */
export const tryVipRules = (
  context: OperationContext,
  readRules: () => readonly FirewallRule[],
): Promise<DryRun> =>
  context.queue.run(NETWORKS, () =>
    dryRun(context, {
      file: context.paths.vipFirewall,
      render: async () => Buffer.from(firewallRuleset(readRules())),
      check: (_directory, text) => requireAccepted(context, text.toString()),
    }),
  );

/** @returns an empty text: nft prints nothing for a valid text @throws Rejected with the output of nft */
async function requireAccepted({ host, paths }: FirewallContext, text: string): Promise<string> {
  try {
    await host.filter.checkNft(text);
    return '';
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode === undefined) throw error;
    throw new Rejected(paths.vipFirewall, error.output);
  }
}

/** Tracks TCP connections from now on: the firewall recognises replies to the amphora's own connections by tracking. */
async function endBypass(context: InterfaceContext): Promise<void> {
  if (isEni(context)) return;
  for (const name of await namesOfFiles(context)) {
    await loadEgressRules(context, await readInterfaceFile(context, name));
  }
}

/**
 * Loads the stored firewall. An SR-IOV port without a stored firewall gets one that passes only basic traffic. If the
 * stored firewall can't be loaded, the reason is logged and only basic traffic passes, so that no port is open by mistake.
 * @throws CommandFailed when not even the firewall for basic traffic can be loaded
 */
export async function protectVip(
  context: FirewallContext,
  { isSriov }: { readonly isSriov: boolean },
): Promise<void> {
  const { host, paths, logger } = context;
  const stored = await host.files.readText(paths.vipFirewall);
  const closed = firewallRuleset([]);
  if (stored === undefined) {
    if (!isSriov) return;
    await host.filter.loadNft(closed);
    await store(context, closed);
    return;
  }
  const text = storedFirewall(stored);
  try {
    if (text !== undefined) return await host.filter.loadNft(text);
    logger.error({ file: paths.vipFirewall }, 'no rules in the firewall file: only basic traffic passes');
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    logger.error(
      { file: paths.vipFirewall, err: error },
      'nft refuses the firewall file: only basic traffic passes',
    );
  }
  await host.filter.loadNft(closed);
}

async function store({ host, paths }: FirewallContext, text: string): Promise<void> {
  await host.files.makeDirectory(path.dirname(paths.vipFirewall));
  await host.files.write(paths.vipFirewall, text, { mode: FILE_MODE });
}
