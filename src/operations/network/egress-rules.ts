import { egressRestore, egressUnrestore } from '../../domain/firewall/iptables-rules.ts';
import { type EgressOptions, egressRemoval, egressRuleset } from '../../domain/firewall/nft-ruleset.ts';
import type { InterfaceFile } from '../../domain/network/interface-file.ts';
import { AgentError } from '../../errors.ts';
import type { InterfaceContext } from '../interfaces/interface-context.ts';

type EgressContext = Pick<InterfaceContext, 'host' | 'paths' | 'logger'>;

/**
 * Masquerades packets that leave an interface and exempts its TCP from connection tracking, except on SR-IOV ports and lo
 * (docs/contract.md, section 8). May be repeated. A failure is logged: only UDP and SCTP listeners need the rules.
 */
export async function loadEgressRules(context: EgressContext, file: InterfaceFile): Promise<void> {
  if (file.type === 'lo') return;
  const bypassTcp = !(await context.host.files.exists(context.paths.vipFirewall));
  await load(context, file.name, file.isSriov ? undefined : { bypassTcp });
}

/** Removes the rules that loadEgressRules loaded. */
export async function removeEgressRules(context: EgressContext, file: InterfaceFile): Promise<void> {
  if (file.type !== 'lo') await load(context, file.name, undefined);
}

/** @param options undefined to remove the rules */
async function load(
  { host, logger }: EgressContext,
  name: string,
  options: EgressOptions | undefined,
): Promise<void> {
  const { filter } = host;
  try {
    const program = await filter.program();
    if (program === 'nft') {
      await filter.loadNft(options === undefined ? egressRemoval(name) : egressRuleset(name, options));
    } else if (program === 'iptables') {
      for (const version of [4, 6] as const) {
        const saved = await filter.savedIptables(version);
        const text =
          options === undefined ? egressUnrestore(name, saved) : egressRestore(name, saved, options);
        await filter.restoreIptables(text, version);
      }
    } else logger.error({ interface: name }, 'neither nft nor iptables: UDP and SCTP are not masqueraded');
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    logger.error({ interface: name, err: error }, 'masquerading not set');
  }
}
