import type { Difference } from '../../../domain/drift/difference.ts';
import { stoppedService } from '../../../domain/drift/stopped-service.ts';
import type { ListenerId } from '../../../domain/ids.ts';
import { type KeepalivedOrders, textOfKeepalived } from '../../../domain/keepalived/keepalived-orders.ts';
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

const PENDING =
  'no reload was requested: an earlier one runs, or the file was changed by hand and keepalived was told to read it';
const ONLY_A_REQUEST =
  'only a request starts it: nothing shows that it was ever ordered to run the stored configuration';

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
    return stoppedDrift(context, {
      ...{ name: KEEPALIVED_SERVICE, lock: VRRP, stored: md5Hex(content) },
      orders: await readOrders(context, paths.vrrp),
      start: () => actOnHeldVrrp(context, 'start'),
    });
  const processAge = await host.processes.ageSeconds(pid);
  const changeAge = await host.files.changeAgeSeconds(config);
  if (processAge === undefined || changeAge === undefined) return [];
  const stored = md5Hex(content);
  const text = textOfKeepalived({
    ...{ stored, changeAge, pid, processAge, orders: await readOrders(context, paths.vrrp) },
    ordersAge: await host.files.ageSeconds(orders),
  });
  const wanted = `the stored configuration ${stored} runs`;
  switch (text) {
    case 'same':
      return [];
    case 'pending':
      return [difference(KEEPALIVED_SERVICE, VRRP, { wanted, seen: PENDING, weight: 'note' })];
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
  const at = paths.lvsListener(id);
  const { config, pidFile } = at;
  const pid = await host.processes.runningPid(pidFile, 'keepalived');
  const name = keepalivedLvsService(id);
  if (pid === undefined)
    return stoppedDrift(context, {
      ...{ name, lock: id, stored: md5Hex((await host.files.read(config)) ?? Buffer.alloc(0)) },
      orders: await readOrders(context, at),
      start: () => actOnHeldLvsListener(context, id, 'start'),
    });
  const [processAge, changeAge] = [
    await host.processes.ageSeconds(pid),
    await host.files.changeAgeSeconds(config),
  ];
  if (processAge === undefined || changeAge === undefined || processAge < changeAge) return [];
  return [
    difference(name, id, {
      ...{ wanted: 'the stored configuration runs', weight: 'note' },
      seen: 'no restart was requested: an earlier one runs, or the file was changed by hand',
    }),
  ];
}

/** A keepalived without a process. */
interface Stopped {
  readonly name: string;
  readonly lock: string;
  /** md5 of the stored configuration */
  readonly stored: string;
  readonly orders: KeepalivedOrders | undefined;
  readonly start: () => Promise<unknown>;
}

/** A keepalived that its controller stopped is left alone. Another one is started if it would run what it was ordered to run. */
async function stoppedDrift(
  { host }: Pick<OperationContext, 'host'>,
  { name, lock, stored, orders, start }: Stopped,
): Promise<FoundDifference[]> {
  const { status, isStartQueued = false } = await host.services.state(name);
  const down = (seen: string, repair?: Repair): FoundDifference[] => [
    difference(name, lock, { wanted: 'runs', seen, weight: 'fault' }, repair),
  ];
  if (status === 'active') return down('runs, but its pid file does not name it');
  const stopped = stoppedService({ status, isStartQueued, wanted: orders?.wanted });
  if (stopped === undefined) return [];
  if (!stopped.isStartable) return down(stopped.seen);
  return orders?.ordered === stored
    ? down(stopped.seen, { text: 'start keepalived', run: start })
    : down(`${stopped.seen}; ${ONLY_A_REQUEST}`);
}
