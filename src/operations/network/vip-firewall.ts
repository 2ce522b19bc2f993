import type { FirewallRule } from '../../domain/firewall/firewall-rule.ts';
import { firewallRuleset } from '../../domain/firewall/nft-ruleset.ts';
import { VIP_INTERFACE } from '../../domain/network/interface-plan.ts';
import { CommandFailed, Rejected } from '../../errors.ts';
import { NETWORKS, type OperationContext } from '../context.ts';
import { type DryRun, dryRun } from '../dry-run.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';
import { interfaceFormat } from '../interfaces/interface-formats.ts';
import { loadEgressRules } from './egress-rules.ts';
import { storeFirewall } from './vip-protection.ts';

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
    await storeFirewall(context, text);
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
  const format = interfaceFormat(context);
  for (const name of await format.names(context)) {
    const file = await format.read(context, name);
    if (file !== undefined) await loadEgressRules(context, file);
  }
}
