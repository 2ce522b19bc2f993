import path from 'node:path';
import { firewallRuleset, storedFirewall } from '../../domain/firewall/nft-ruleset.ts';
import { CommandFailed } from '../../errors.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';

const FILE_MODE = 0o600;

type FirewallContext = Pick<InterfaceContext, 'host' | 'paths' | 'logger'>;

/**
 * Loads the stored firewall; an SR-IOV port that has none yet gets one that drops all but the basics. A stored one that can't be
 * loaded is logged and all but the basics dropped, so that nothing is open by mistake.
 * @throws CommandFailed where not even that can be loaded
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
    logger.error({ file: paths.vipFirewall }, 'no firewall in the file: all but the basics is dropped');
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    logger.error(
      { file: paths.vipFirewall, err: error },
      'firewall not understood: all but the basics is dropped',
    );
  }
  await host.filter.loadNft(closed);
}

/** Makes a text for nft(8) the firewall that counts at the next boot. */
export async function storeFirewall({ host, paths }: FirewallContext, text: string): Promise<void> {
  await host.files.makeDirectory(path.dirname(paths.vipFirewall));
  await host.files.write(paths.vipFirewall, text, { mode: FILE_MODE });
}
