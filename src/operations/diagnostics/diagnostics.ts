import { reasonOf } from '../../errors.ts';
import type { ArchiveEntry } from '../../host/diagnostics/archive.ts';
import { amphoraSecrets } from '../amphora/secrets.ts';
import { loadBalancerIds } from '../stored-configs.ts';
import { agentParts, machineParts } from './agent-parts.ts';
import { collect } from './collection.ts';
import { haproxyParts } from './haproxy-parts.ts';
import { keepalivedParts } from './keepalived-parts.ts';
import { networkParts } from './network-parts.ts';
import type { DiagnosticsContext, Part } from './part.ts';
import { serviceParts } from './service-parts.ts';

/** Collects the files of a diagnostics archive, the most useful ones first. Secrets are hidden. */
export async function* diagnosticsEntries(context: DiagnosticsContext): AsyncGenerator<ArchiveEntry> {
  const { version, config } = context;
  yield* collect({
    agent: version,
    amphora: config().amphoraId,
    parts: await allParts(context),
    secrets: await amphoraSecrets(context),
  });
}

async function allParts(context: DiagnosticsContext): Promise<Part[]> {
  const loadBalancers = await loadBalancerIds(context).catch(() => []);
  const groups: [name: string, parts: () => Promise<Part[]>][] = [
    ['agent', () => agentParts(context)],
    ['services', () => serviceParts(context, loadBalancers)],
    ...loadBalancers.map((id): (typeof groups)[number] => [
      `load-balancers/${id}`,
      () => haproxyParts(context, id),
    ]),
    ['keepalived', () => keepalivedParts(context)],
    ['network', () => networkParts(context)],
    ['machine', () => machineParts(context)],
  ];
  const found = await Promise.all(
    groups.map(([name, parts]) => parts().catch((error) => unlisted(name, error))),
  );
  return found.flat();
}

/** Returns a part that fails with the reason why the parts of its group are unknown. */
const unlisted = (group: string, error: unknown): Part[] => [
  { name: group, read: () => Promise.reject(new Error(reasonOf(error))) },
];
