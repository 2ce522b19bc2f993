import { reasonOf } from '../../errors.ts';
import type { ArchiveEntry } from '../../host/diagnostics/archive.ts';
import { amphoraSecrets, configuredSecrets } from '../amphora/secrets.ts';
import { inTime } from '../deadline.ts';
import { loadBalancerIds } from '../stored-configs.ts';
import { agentParts, machineParts } from './agent-parts.ts';
import { auditParts } from './audit-parts.ts';
import { collect } from './collection.ts';
import { haproxyParts } from './haproxy-parts.ts';
import { keepalivedParts } from './keepalived-parts.ts';
import { memoryParts } from './memory-parts.ts';
import { networkParts } from './network-parts.ts';
import { DEADLINE_MS, type DiagnosticsContext, type Part } from './part.ts';
import { serviceParts } from './service-parts.ts';

/**
 * Collects the files of a diagnostics archive, the most useful ones first. Secrets are hidden. It ends in time also when the disk
 * hangs: VRRP's password is then known by its name in texts, not by its value.
 * @param listMs the time in which the parts of a group must be listed, in ms
 */
export async function* diagnosticsEntries(
  context: DiagnosticsContext,
  listMs = DEADLINE_MS,
): AsyncGenerator<ArchiveEntry> {
  const { version, config } = context;
  yield* collect({
    agent: version,
    amphora: config().amphoraId,
    parts: () => allParts(context, listMs),
    secrets: () => inTime(amphoraSecrets(context), listMs).catch(() => configuredSecrets(context)),
  });
}

async function allParts(context: DiagnosticsContext, listMs: number): Promise<Part[]> {
  const found = await settled(inTime(loadBalancerIds(context), listMs));
  const loadBalancers = found instanceof Error ? [] : found;
  const groups: [name: string, parts: () => Promise<Part[]>][] = [
    ['agent', async () => memoryParts(context)],
    ['agent', () => agentParts(context)],
    ['audit', () => auditParts(context)],
    ['services', () => serviceParts(context, loadBalancers)],
    ['load-balancers', async () => (found instanceof Error ? Promise.reject(found) : [])],
    ...loadBalancers.map((id): (typeof groups)[number] => [
      `load-balancers/${id}`,
      () => haproxyParts(context, id),
    ]),
    ['keepalived', () => keepalivedParts(context)],
    ['network', () => networkParts(context)],
    ['machine', () => machineParts(context)],
  ];
  const parts = groups.map(async ([name, list]) => {
    const known = await settled(inTime(list(), listMs));
    return known instanceof Error ? [unlisted(name, known)] : known;
  });
  return (await Promise.all(parts)).flat();
}

const settled = <Result>(work: Promise<Result>): Promise<Result | Error> =>
  work.catch((error) => (error instanceof Error ? error : new Error(reasonOf(error))));

/** Returns a part that fails with the reason why the parts of its group are unknown. */
const unlisted = (group: string, error: Error): Part => ({
  name: group,
  read: () => Promise.reject(new Error(`its parts are unknown: ${error.message}`)),
});
