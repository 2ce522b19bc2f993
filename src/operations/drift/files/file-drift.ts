import type { ListenerId } from '../../../domain/ids.ts';
import type { ServiceDefinition } from '../../../domain/service-definitions.ts';
import { keepalivedDefinition, keepalivedLvsDefinition } from '../../../render/units.ts';
import type { OperationContext } from '../../context.ts';
import { lvsListenerIds } from '../../keepalived/lvs-listeners.ts';
import { loadBalancerIds } from '../../stored-configs.ts';
import { type DriftKind, observeParts } from '../drift-kind.ts';
import { checkScriptParts } from './kept-check-scripts.ts';
import { commandParts, haproxyFileParts, lvsFileParts, vrrpFileParts } from './kept-files.ts';
import { comparePart, type KeptPart } from './kept-part.ts';
import { serviceParts } from './kept-services.ts';
import { keyModeParts, vrrpModeParts } from './key-modes.ts';

const KINDS = ['unit', 'file', 'mode'] as const;

/**
 * The kinds of drift in what the agent writes: services, check scripts and settings that it renders, and the modes of keys. A
 * look reads a file only when the file has changed since a look without a difference.
 */
export const FILE_DRIFT: DriftKind = {
  kinds: KINDS,
  async observe(context, lock, onUnseen) {
    const parts = await keptParts(context);
    const own = lock === undefined ? parts : parts.filter((part) => part.lock === lock);
    return observeParts(
      own.map((part) => ({
        ...{ kinds: KINDS, lock: part.lock, object: part.object },
        observe: () => comparePart(context, part, context.drift.lastLooks.parts),
      })),
      onUnseen,
    );
  },
};

async function keptParts(context: OperationContext): Promise<KeptPart[]> {
  const loadBalancers = await loadBalancerIds(context);
  const lvsListeners = await lvsListenerIds(context);
  const hasVrrp = await hasOwnVrrp(context);
  const modes = await Promise.all(loadBalancers.map((id) => keyModeParts(context, id)));
  return [
    ...haproxyFileParts(context),
    ...commandParts(context),
    ...serviceParts(context, { loadBalancers, lvsListeners, hasVrrp }),
    ...(hasVrrp ? [...vrrpFileParts(context), ...checkScriptParts(context), ...vrrpModeParts(context)] : []),
    ...lvsFileParts(context, await ownLvsListeners(context, lvsListeners)),
    ...modes.flat(),
  ];
}

/** Whether this agent has stored a configuration for VRRP. The files of another agent are left alone until the next upload. */
const hasOwnVrrp = async (context: OperationContext): Promise<boolean> =>
  (await context.host.files.exists(context.paths.vrrp.config)) &&
  (await isOwn(context, context.paths.vrrp.mainConfig, () => keepalivedDefinition(context)));

async function ownLvsListeners(context: OperationContext, ids: readonly ListenerId[]): Promise<ListenerId[]> {
  const own: ListenerId[] = [];
  for (const id of ids) {
    const { mainConfig } = context.paths.lvsListener(id);
    if (await isOwn(context, mainConfig, () => keepalivedLvsDefinition(context, id))) own.push(id);
  }
  return own;
}

/** A service of this agent names the main configuration, which no other agent has. */
async function isOwn(
  { host }: Pick<OperationContext, 'host'>,
  mainConfig: string,
  definition: () => ServiceDefinition,
): Promise<boolean> {
  if (await host.files.exists(mainConfig)) return true;
  const state = await host.services.inspect(definition());
  return state !== 'missing' && state !== 'foreign';
}
