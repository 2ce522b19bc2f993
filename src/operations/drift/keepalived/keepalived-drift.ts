import type { Difference } from '../../../domain/drift/difference.ts';
import type { ListenerId } from '../../../domain/ids.ts';
import { textOfKeepalived } from '../../../domain/keepalived/keepalived-orders.ts';
import { KEEPALIVED_SERVICE, keepalivedLvsService } from '../../../domain/paths.ts';
import { md5Hex } from '../../../domain/text/md5.ts';
import { type OperationContext, VRRP } from '../../context.ts';
import { actOnHeldLvsListener, lvsListenerIds } from '../../keepalived/lvs-listeners.ts';
import { readOrders } from '../../keepalived/orders.ts';
import { actOnHeldVrrp } from '../../keepalived/vrrp.ts';
import {
  type DriftKind,
  type FoundDifference,
  foundDifference,
  observeParts,
  type Repair,
} from '../drift-kind.ts';

/**
 * Whether each keepalived runs, with the configuration that it was ordered to run. Who is master is never compared, and a
 * keepalived that its controller stopped is left alone.
 */
export const KEEPALIVED_DRIFT: DriftKind = {
  kinds: ['keepalived'],
  async observe(context, lock, onUnseen) {
    const ids = await lvsListenerIds(context);
    const parts = [
      { lock: VRRP, observe: () => observeVrrp(context) },
      ...ids.map((id) => ({ lock: id, observe: () => observeLvs(context, id) })),
    ];
    return observeParts(
      parts
        .filter((part) => lock === undefined || lock === part.lock)
        .map((part) => ({ ...part, kinds: ['keepalived'], object: undefined })),
      onUnseen,
    );
  },
};

type Facts = Pick<Difference, 'wanted' | 'seen' | 'weight'>;

const difference = (object: string, lock: string, facts: Facts, repair?: Repair): FoundDifference =>
  foundDifference({ kind: 'keepalived', object, lock, ...facts }, repair);

async function observeVrrp(context: OperationContext): Promise<FoundDifference[]> {
  const { paths, host } = context;
  const { config, pidFile, orders } = paths.vrrp;
  const content = await host.files.read(config);
  if (content === undefined) return [];
  const pid = await host.processes.runningPid(pidFile, 'keepalived');
  if (pid === undefined)
    return stoppedDrift(context, KEEPALIVED_SERVICE, VRRP, () => actOnHeldVrrp(context, 'start'));
  const processAge = await host.processes.ageSeconds(pid);
  const changeAge = await host.files.changeAgeSeconds(config);
  if (processAge === undefined || changeAge === undefined) return [];
  const stored = md5Hex(content);
  const text = textOfKeepalived({
    ...{ stored, changeAge, pid, processAge, orders: await readOrders(context) },
    ordersAge: await host.files.ageSeconds(orders),
  });
  const wanted = `the stored configuration ${stored} runs`;
  switch (text) {
    case 'same':
      return [];
    case 'pending':
      return [
        difference(KEEPALIVED_SERVICE, VRRP, {
          ...{ wanted, seen: 'an earlier one runs: no reload was requested', weight: 'note' },
        }),
      ];
    case 'interrupted':
      return [
        difference(
          KEEPALIVED_SERVICE,
          VRRP,
          { wanted, seen: 'an earlier one runs: a reload did not end', weight: 'fault' },
          { text: 'reload keepalived', run: () => actOnHeldVrrp(context, 'reload') },
        ),
      ];
  }
}

async function observeLvs(context: OperationContext, id: ListenerId): Promise<FoundDifference[]> {
  const { paths, host } = context;
  const { config, pidFile } = paths.lvsListener(id);
  const pid = await host.processes.runningPid(pidFile, 'keepalived');
  const name = keepalivedLvsService(id);
  if (pid === undefined)
    return stoppedDrift(context, name, id, () => actOnHeldLvsListener(context, id, 'start'));
  const [processAge, changeAge] = [
    await host.processes.ageSeconds(pid),
    await host.files.changeAgeSeconds(config),
  ];
  if (processAge === undefined || changeAge === undefined || processAge < changeAge) return [];
  return [
    difference(name, id, {
      ...{ wanted: 'the stored configuration runs', weight: 'note' },
      seen: 'an earlier one runs: no restart was requested',
    }),
  ];
}

/** A keepalived that its controller stopped is inactive. */
async function stoppedDrift(
  { host }: Pick<OperationContext, 'host'>,
  name: string,
  lock: string,
  start: () => Promise<unknown>,
): Promise<FoundDifference[]> {
  const { status } = await host.services.state(name);
  const facts = (seen: string): Facts => ({ wanted: 'runs', seen, weight: 'fault' });
  switch (status) {
    case 'inactive':
      return [];
    case 'failed':
      return [difference(name, lock, facts('does not run'), { text: 'start keepalived', run: start })];
    case 'activating':
      return [difference(name, lock, facts('does not run: the service manager tries to start it again'))];
    case 'active':
      return [difference(name, lock, facts('runs, but its pid file does not name it'))];
  }
}
