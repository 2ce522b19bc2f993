import path from 'node:path';
import { firewallRuleset, storedFirewall } from '../../domain/firewall/nft-ruleset.ts';
import { CommandFailed } from '../../errors.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';

const FILE_MODE = 0o600;

type FirewallContext = Pick<InterfaceContext, 'host' | 'paths' | 'logger'>;

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
    await storeFirewall(context, closed);
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

/** Stores the firewall, a text for nft(8), for the next boot. */
export async function storeFirewall({ host, paths }: FirewallContext, text: string): Promise<void> {
  await host.files.makeDirectory(path.dirname(paths.vipFirewall));
  await host.files.write(paths.vipFirewall, text, { mode: FILE_MODE });
}
