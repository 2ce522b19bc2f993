import type { Difference } from '../../../domain/drift/difference.ts';
import { type MemberDrift, memberDrift, readConfiguredMembers } from '../../../domain/drift/member-drift.ts';
import { stoppedService } from '../../../domain/drift/stopped-service.ts';
import type { TextOrigin } from '../../../domain/haproxy/haproxy-orders.ts';
import type { HaproxyId } from '../../../domain/ids.ts';
import { haproxyService } from '../../../domain/paths.ts';
import { absentServers } from '../../../domain/run-time/run-time-record.ts';
import { SocketSilent } from '../../../errors.ts';
import type { OperationContext } from '../../context.ts';
import { actBesideMetrics } from '../../haproxy/actions.ts';
import { keepIfRunning } from '../../haproxy/last-good.ts';
import { readHaproxyOrders } from '../../haproxy/orders.ts';
import { applyStored, finishInterruptedChange } from '../../run-time/apply-stored.ts';
import { certificateChanges } from '../../run-time/certificates.ts';
import { changeWorker } from '../../run-time/drained-member.ts';
import { loadBalancerIds } from '../../stored-configs.ts';
import {
  type DriftKind,
  type FoundDifference,
  foundDifference,
  type OnUnseen,
  observeParts,
  type Repair,
} from '../drift-kind.ts';
import {
  type AnsweringHaproxy,
  askForLook,
  lookAtCertificates,
  type SeenCertificates,
} from './certificate-drift.ts';
import {
  certificatesAge,
  haproxySign,
  refusalOfStart,
  type SeenHaproxy,
  seeHaproxy,
} from './haproxy-look.ts';

const KINDS = ['haproxy', 'configuration', 'members', 'certificates'] as const;
const RELOAD = 'reload haproxy';
/** the number of commands on one connection */
const BATCH = 50;

/** What each haproxy runs: the process, its text, its members and its certificates. */
export const HAPROXY_DRIFT: DriftKind = {
  kinds: KINDS,
  async observe(context, lock, onUnseen) {
    const ids = await loadBalancerIds(context);
    const { certificates, haproxies } = context.drift.lastLooks;
    for (const known of [certificates, haproxies])
      for (const id of known.keys()) if (!ids.includes(id)) known.delete(id);
    const parts = ids
      .filter((id) => lock === undefined || lock === id)
      .map((id) => ({
        ...{ kinds: KINDS, lock: id, object: undefined },
        // a request that runs would be seen half done
        observe: async () =>
          lock === undefined && context.queue.isBusy(id) ? undefined : observeHaproxy(context, id, onUnseen),
      }));
    return observeParts(parts, onUnseen);
  },
};

/** A haproxy that is as in a look without a difference needs no comparison. It is asked all the same. */
async function observeHaproxy(
  context: OperationContext,
  id: HaproxyId,
  onUnseen: OnUnseen | undefined,
): Promise<FoundDifference[]> {
  const asked = await askForLook(context, id);
  if (asked === undefined) return silentDrift(context, id);
  const { haproxies } = context.drift.lastLooks;
  const sign = await haproxySign(context, id, asked.worker);
  if (asked.hasEqualCertificates && haproxies.get(id) === sign) return [];
  haproxies.delete(id);
  let isEverythingSeen = true;
  const found = await compareHaproxy(context, id, asked, (part, failure) => {
    isEverythingSeen = false;
    onUnseen?.(part, failure);
  });
  if (isEverythingSeen && found.length === 0) haproxies.set(id, sign);
  return found;
}

async function compareHaproxy(
  context: OperationContext,
  id: HaproxyId,
  asked: AnsweringHaproxy,
  onUnseen: OnUnseen,
): Promise<FoundDifference[]> {
  const seen = await seeHaproxy(context, id, asked.worker);
  if (seen === undefined) return silentDrift(context, id);
  if (seen.record?.isUnfinished === true) return unfinishedDrift(context, seen);
  const { text } = seen;
  if (text === undefined) return textDrift(context, seen);
  const certificates = await seeCertificates(context, { ...seen, ...asked, text }, onUnseen);
  const reload = reloadOf(context, seen, certificates);
  return [
    ...textDrift(context, seen),
    ...membersDrift(context, { ...seen, text }, reload),
    ...(certificates === undefined
      ? []
      : certificatesDrift(context, { ...seen, text }, certificates, reload)),
  ];
}

/** @returns undefined when haproxy does not show them */
async function seeCertificates(
  context: OperationContext,
  seen: SeenText & AnsweringHaproxy,
  onUnseen: OnUnseen,
): Promise<SeenCertificates | undefined> {
  const part = { kinds: ['certificates'], lock: seen.id, object: undefined };
  try {
    const certificates = await lookAtCertificates(context, seen, () => certificatesAge(context, seen));
    if (certificates === undefined) onUnseen(part, undefined);
    return certificates;
  } catch (error) {
    if (!(error instanceof SocketSilent)) throw error;
    onUnseen(part, { error });
    return undefined;
  }
}

type Facts = Pick<Difference, 'kind' | 'wanted' | 'seen' | 'weight'>;

const found = (id: HaproxyId, object: string, facts: Facts, repair?: Repair): FoundDifference =>
  foundDifference({ ...facts, object, lock: id }, repair);

/**
 * A haproxy that does not answer. One that its controller stopped is left alone. Another one is started if that puts in force only
 * what was in force before.
 */
async function silentDrift(context: OperationContext, id: HaproxyId): Promise<FoundDifference[]> {
  const { paths, host } = context;
  const { status, isStartQueued = false } = await host.services.state(haproxyService(id));
  const down = (seen: string, repair?: Repair): FoundDifference[] => [
    found(id, id, { kind: 'haproxy', wanted: 'runs', seen, weight: 'fault' }, repair),
  ];
  if (status === 'active') {
    // another agent starts haproxy without this socket, and then its worker can't be asked
    const isOwn = await host.files.exists(paths.loadBalancer(id).masterSocket);
    return isOwn ? down('runs, but its worker does not answer') : [];
  }
  const { wanted } = await readHaproxyOrders(context, id);
  const stopped = stoppedService({ status, isStartQueued, wanted });
  if (stopped === undefined) return [];
  if (!stopped.isStartable) return down(stopped.seen);
  const refusal = await refusalOfStart(context, id);
  if (refusal !== undefined) return down(`${stopped.seen}; only a request starts it: ${refusal}`);
  return down(stopped.seen, {
    text: 'start haproxy',
    run: () => actBesideMetrics(context, id, 'start'),
  });
}

/** A change without a reload that did not end. No text was uploaded since when the stored one is in force. */
function unfinishedDrift(context: OperationContext, { id, inForce }: SeenHaproxy): FoundDifference[] {
  const facts: Facts = {
    ...{ kind: 'configuration', wanted: 'the members of the stored configuration', weight: 'fault' },
    seen: 'a change that did not end',
  };
  const repair = { text: RELOAD, run: () => finishInterruptedChange(context, id) };
  return [found(id, id, facts, inForce === 'both' ? repair : undefined)];
}

const PENDING: Readonly<Record<TextOrigin, string>> = {
  agent: 'no reload was requested',
  hand: 'somebody changed the stored file by hand',
  unknown: 'no reload was requested, or somebody changed the stored file by hand',
};

function textDrift(
  context: OperationContext,
  { id, inForce, stored, kept, origin }: SeenHaproxy,
): FoundDifference[] {
  if (inForce === 'both') return [];
  const facts = (wanted: string, seen: string): Facts => ({
    ...{ kind: 'configuration', wanted, seen, weight: 'note' },
  });
  if (inForce === 'stored' && origin === 'hand')
    return [
      found(
        id,
        id,
        facts(
          kept === undefined ? 'an uploaded configuration runs' : `${kept} runs, as its controller ordered`,
          `${stored} runs: somebody changed the file by hand. An upload replaces it, a reload by the API keeps it`,
        ),
      ),
    ];
  if (inForce === 'stored')
    return [
      found(
        id,
        id,
        facts(`the history ends with ${stored}, which runs`, `it ends with ${kept ?? 'nothing'}`),
        { text: 'add it to the history', run: () => keepIfRunning(context, id) },
      ),
    ];
  const seen = inForce === 'kept' ? `${kept} runs: ${PENDING[origin]}` : 'it is unknown which text runs';
  return [found(id, id, facts(`the stored configuration ${stored} runs`, seen))];
}

/**
 * Returns the repair by a reload. A reload would put in force what was uploaded and not reloaded, also certificates, and it would end
 * drains: then there is none. There is none either when the certificates are unknown.
 */
function reloadOf(
  context: OperationContext,
  { id, inForce, drained }: SeenHaproxy,
  certificates: SeenCertificates | undefined,
): (() => Promise<void>) | undefined {
  const isAllowed = inForce === 'both' && drained.size === 0 && certificates?.isPending === false;
  return isAllowed ? () => applyStored(context, id) : undefined;
}

type SeenText = SeenHaproxy & { readonly text: string };

function membersDrift(
  context: OperationContext,
  { id, worker, text, record, drained }: SeenText,
  reload: (() => Promise<void>) | undefined,
): FoundDifference[] {
  const absent = absentServers(record, worker.pid);
  const configured = readConfiguredMembers(text);
  const drift = memberDrift({ configured, dump: worker.dump, absent, drained }) ?? [];
  const isAtRunTime = context.config().runtimeChanges !== 'off';
  const send = async (due?: readonly Difference[]): Promise<void> => {
    const isDue = (one: MemberDrift): boolean =>
      due === undefined || due.some(({ wanted, seen }) => wanted === one.wanted && seen === one.seen);
    const commands = drift.filter(isDue).flatMap((one) => one.commands ?? []);
    for (let at = 0; at < commands.length; at += BATCH)
      await changeWorker(context, id, commands.slice(at, at + BATCH));
  };
  return drift.map((one) =>
    found(
      id,
      `members of ${id}`,
      { kind: 'members', wanted: one.wanted, seen: one.seen, weight: one.weight },
      one.commands !== undefined && isAtRunTime
        ? { text: 'set states and weights in the running haproxy', run: send }
        : reload && { text: RELOAD, run: reload },
    ),
  );
}

function certificatesDrift(
  context: OperationContext,
  { id, worker, text }: SeenText,
  { drift, isPending }: SeenCertificates,
  reload: (() => Promise<void>) | undefined,
): FoundDifference[] {
  const isUnusable = drift.some((one) => one.isUnusable);
  const mend = async (): Promise<void> => {
    const request = { id, wanted: text, version: worker.version, isHiddenPartLoaded: true };
    const changes = await certificateChanges(context, request);
    if (changes.kind === 'changes') await changes.apply();
    else if (changes.kind === 'reload') await reload?.();
  };
  const isAtRunTime = context.config().runtimeChanges !== 'off';
  const repair = isAtRunTime ? mend : reload;
  return drift.map(({ wanted, seen }) =>
    found(
      id,
      `certificates of ${id}`,
      { kind: 'certificates', wanted, seen, weight: isPending ? 'note' : 'fault' },
      isPending || isUnusable || repair === undefined
        ? undefined
        : { text: 'give haproxy its certificates', run: repair },
    ),
  );
}
