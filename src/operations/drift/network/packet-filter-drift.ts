import { type TableDrift, type Tables, tableDrift } from '../../../domain/drift/table-drift.ts';
import { hasEgressRules } from '../../../domain/firewall/iptables-rules.ts';
import {
  type EgressOptions,
  egressRuleset,
  firewallRuleset,
  storedFirewall,
} from '../../../domain/firewall/nft-ruleset.ts';
import type { InterfaceFile } from '../../../domain/network/interface-file.ts';
import { VIP_INTERFACE } from '../../../domain/network/interface-plan.ts';
import { AgentError, CommandFailed } from '../../../errors.ts';
import type { NetworkSight } from '../../../host/network/network-watch.ts';
import { interfaceFormat } from '../../interfaces/interface-formats.ts';
import { loadEgressRules } from '../../network/egress-rules.ts';
import { protectVip } from '../../network/vip-protection.ts';
import type { FoundDifference } from '../drift-kind.ts';
import { type NetworkDriftContext, networkDifference } from './network-difference.ts';

const FIREWALL_TABLE = 'inet amphora_table';

/** Compares the tables of the interfaces and of the VIP's firewall with those that a plug loads. Other tables don't count. */
export async function observePacketFilter(
  context: NetworkDriftContext,
  sight: Pick<NetworkSight, 'tables'>,
): Promise<FoundDifference[]> {
  const { host, paths } = context;
  const files = await interfaceFiles(context);
  const stored = await host.files.readText(paths.vipFirewall);
  const options = { bypassTcp: stored === undefined };
  const masqueraded = files.filter(({ isSriov }) => !isSriov);
  const vip = stored === undefined ? undefined : files.find(({ name }) => name === VIP_INTERFACE);
  if (masqueraded.length === 0 && vip === undefined) return [];
  const tables = sight.tables();
  if (tables === undefined) return observeIptables(context, masqueraded, options);
  const egress = masqueraded.map(({ name }) => egressRuleset(name, options)).join('');
  const expected = await expectedTables(context, egress, vip === undefined ? undefined : (stored ?? ''));
  return tableDrift(expected, tables).map((one) => tableDifference(context, masqueraded, vip, one));
}

/** Returns the files of the interfaces except lo. ifupdown's files have no tables. */
async function interfaceFiles(context: NetworkDriftContext): Promise<InterfaceFile[]> {
  const format = interfaceFormat(context);
  const files: InterfaceFile[] = [];
  for (const name of await format.names(context)) {
    try {
      const file = await format.read(context, name);
      if (file !== undefined && file.type !== 'lo') files.push(file);
    } catch (error) {
      // the observation of the interfaces reports the file
      if (!(error instanceof AgentError)) throw error;
    }
  }
  return files;
}

/** @param stored the stored firewall; when nft refuses it, a plug loads one that passes only basic traffic */
async function expectedTables(
  { host }: NetworkDriftContext,
  egress: string,
  stored: string | undefined,
): Promise<Tables> {
  if (stored === undefined) return host.filter.expectedNft(egress);
  const closed = firewallRuleset([]);
  try {
    return await host.filter.expectedNft(egress + (storedFirewall(stored) ?? closed));
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return host.filter.expectedNft(egress + closed);
  }
}

function tableDifference(
  context: NetworkDriftContext,
  files: readonly InterfaceFile[],
  vip: InterfaceFile | undefined,
  { table, seen }: TableDrift,
): FoundDifference {
  const wanted = `table ${table}, as a plug loads it`;
  if (table === FIREWALL_TABLE) {
    return networkDifference(
      { kind: 'firewall', object: 'firewall of the VIP', wanted, seen, weight: 'fault' },
      vip && { text: 'load the stored firewall', run: () => protectVip(context, vip) },
    );
  }
  const file = files.find(({ name }) => table.endsWith(` amphora_${name}`));
  const object = `masquerading of ${file?.name ?? table}`;
  return networkDifference(
    { kind: 'masquerade', object, wanted, seen, weight: 'fault' },
    file && masquerade(context, file),
  );
}

const masquerade = (context: NetworkDriftContext, file: InterfaceFile) => ({
  text: `load the masquerading of ${file.name}`,
  run: () => loadEgressRules(context, file),
});

/** Compares the chains of the interfaces on an image without nft. There is no firewall of the VIP without nft. */
async function observeIptables(
  context: NetworkDriftContext,
  files: readonly InterfaceFile[],
  options: EgressOptions,
): Promise<FoundDifference[]> {
  const { filter } = context.host;
  if ((await filter.program()) === undefined) return [];
  const saved = await Promise.all([filter.savedIptables(4), filter.savedIptables(6)]);
  return files
    .filter(({ name }) => !saved.every((text) => hasEgressRules(name, text, options)))
    .map((file) =>
      networkDifference(
        {
          ...{ kind: 'masquerade', object: `masquerading of ${file.name}`, weight: 'fault' },
          ...{ wanted: `chain amphora-${file.name}, as a plug loads it`, seen: 'rules missing' },
        },
        masquerade(context, file),
      ),
    );
}
