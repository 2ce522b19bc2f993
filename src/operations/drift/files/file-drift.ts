import type { HaproxyId, ListenerId } from '../../../domain/ids.ts';
import type { ServiceDefinition } from '../../../domain/service-definitions.ts';
import { keepalivedDefinition, keepalivedLvsDefinition } from '../../../render/units.ts';
import type { OperationContext } from '../../context.ts';
import { lvsListenerIds } from '../../keepalived/lvs-listeners.ts';
import { loadBalancerIds } from '../../stored-configs.ts';
import { type DriftKind, observeParts, rethrow } from '../drift-kind.ts';
import type { EqualLook } from '../last-looks.ts';
import { checkScriptParts } from './kept-check-scripts.ts';
import { commandParts, haproxyFileParts, lvsFileParts, vrrpFileParts } from './kept-files.ts';
import { attributesSign, comparePart, type KeptPart } from './kept-part.ts';
import { type ServedObjects, serviceParts } from './kept-services.ts';
import { type KeyPlace, keyModeParts, keyPlaces, vrrpModeParts } from './key-modes.ts';

const KINDS = ['unit', 'file', 'mode'] as const;

/**
 * The kinds of drift in what the agent writes: services, check scripts and settings that it renders, and the modes of keys. A
 * look reads a file only when the file has changed since a look without a difference.
 */
export const FILE_DRIFT: DriftKind = {
  kinds: KINDS,
  async observe(context, lock, onUnseen = rethrow) {
    const { lastLooks } = context.drift;
    const objects = await keptObjects(context);
    const basis = [context.config(), JSON.stringify(objects)];
    const known = lastLooks.equalFiles;
    if (known !== undefined && (await isEqual(context, known, basis))) return [];
    lastLooks.equalFiles = undefined;
    const parts = keptParts(context, objects);
    const watched = parts.flatMap((part) => part.watched);
    // before the comparison: a file that changes during it is compared again
    const sign = await attributesSign(context, watched);
    const own = lock === undefined ? parts : parts.filter((part) => part.lock === lock);
    let isEverythingSeen = lock === undefined;
    const found = await observeParts(
      own.map((part) => ({
        ...{ kinds: KINDS, lock: part.lock, object: part.object },
        observe: () => comparePart(context, part, lastLooks.parts),
      })),
      (part, failure) => {
        isEverythingSeen = false;
        onUnseen(part, failure);
      },
    );
    if (isEverythingSeen && found.length === 0 && sign !== undefined)
      lastLooks.equalFiles = { basis, watched, sign };
    return found;
  },
};

/** Returns whether nothing has changed since a look without a difference. It spares the comparison of each part. */
const isEqual = async (
  context: OperationContext,
  known: EqualLook,
  basis: readonly unknown[],
): Promise<boolean> =>
  known.basis.every((one, index) => one === basis[index]) &&
  (await attributesSign(context, known.watched)) === known.sign;

/** The objects of this amphora that have files. */
interface KeptObjects extends ServedObjects {
  /** the listeners whose main configuration this agent has written */
  readonly ownLvsListeners: readonly ListenerId[];
  /** the directories and files of certificates, by load balancer */
  readonly keys: Readonly<Record<HaproxyId, readonly KeyPlace[]>>;
}

async function keptObjects(context: OperationContext): Promise<KeptObjects> {
  const loadBalancers = await loadBalancerIds(context);
  const lvsListeners = await lvsListenerIds(context);
  const hasVrrp = await hasOwnVrrp(context);
  const keys: Record<HaproxyId, readonly KeyPlace[]> = {};
  for (const id of loadBalancers) keys[id] = await keyPlaces(context, id);
  const ownLvsListeners = await withOwnFiles(context, lvsListeners);
  return { loadBalancers, lvsListeners, hasVrrp, ownLvsListeners, keys };
}

const keptParts = (context: OperationContext, objects: KeptObjects): KeptPart[] => [
  ...haproxyFileParts(context),
  ...commandParts(context),
  ...serviceParts(context, objects),
  ...(objects.hasVrrp
    ? [...vrrpFileParts(context), ...checkScriptParts(context), ...vrrpModeParts(context)]
    : []),
  ...lvsFileParts(context, objects.ownLvsListeners),
  ...objects.loadBalancers.flatMap((id) => keyModeParts(context, id, objects.keys[id] ?? [])),
];

/** Whether this agent has stored a configuration for VRRP. The files of another agent are left alone until the next upload. */
const hasOwnVrrp = async (context: OperationContext): Promise<boolean> =>
  (await context.host.files.exists(context.paths.vrrp.config)) &&
  (await isOwn(context, context.paths.vrrp.mainConfig, () => keepalivedDefinition(context)));

async function withOwnFiles(context: OperationContext, ids: readonly ListenerId[]): Promise<ListenerId[]> {
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
