import { pino } from 'pino';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { Difference } from '../../../src/domain/drift/difference.ts';
import type { NetworkWatch } from '../../../src/host/network/network-watch.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import type { DriftKind } from '../../../src/operations/drift/drift-kind.ts';
import { lookForDrift } from '../../../src/operations/drift/drift-look.ts';
import { createDriftState } from '../../../src/operations/drift/drift-state.ts';
import { createObjectQueue } from '../../../src/operations/object-queue.ts';
import { fixedSettings } from '../http/fixed-settings.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

/** Between two looks of the agent. */
export const SECOND_MS = 10_000;
/** The lamp is off. */
export const BROKEN: Difference = {
  ...{ kind: 'lamp', object: 'lamp 1', lock: 'lamps', wanted: 'on', seen: 'off' },
  ...{ repair: 'switch it on', weight: 'fault' },
};

/** A lamp that should be on, the looks at it, and the parts of a context that looks need. */
export function lampWorld(mode: 'off' | 'report' | 'repair') {
  const lamp = { isOn: true, repairs: 0, looks: 0, comesBack: false };
  const logs: { level: number; msg: string }[] = [];
  const { config } = loadConfig('agent.conf', `[amphora_agent]\namphora_id = ${AMPHORA}\ndrift = ${mode}\n`);
  const own = fixedSettings(config);
  let now = 0;
  const events = {
    ...{ damage: (): void => undefined, renewals: 0, ends: 0 },
    /** why ends of services are not reported */
    unwatchedServices: undefined as string | undefined,
  };
  const networkWatch: Omit<NetworkWatch, 'look' | 'probe'> = {
    onDamage(listener) {
      events.damage = listener;
    },
    renew() {
      events.renewals += 1;
      return 'network watch: no such program';
    },
    end() {
      events.ends += 1;
    },
  };
  const services = {
    renewEnds: () => Promise.resolve(events.unwatchedServices),
  } as OperationContext['host']['services'];
  const context = {
    host: { networkWatch, services },
    ...{ own, config: own.live.current, queue: createObjectQueue() },
    drift: createDriftState(() => now),
    logger: pino({}, { write: (line: string) => void logs.push(JSON.parse(line)) }),
  } as OperationContext;
  const kind: DriftKind = {
    kinds: ['lamp'],
    observe: () => {
      lamp.looks += 1;
      const repair = (): Promise<void> => {
        lamp.repairs += 1;
        lamp.isOn = !lamp.comesBack;
        return Promise.resolve();
      };
      return Promise.resolve(lamp.isOn ? [] : [{ difference: BROKEN, repair }]);
    },
  };
  const lookAt = async (ms: number): Promise<void> => {
    now = ms;
    await lookForDrift(context, [kind], config.drift === 'repair' ? 'repair' : 'report', SECOND_MS);
  };
  return { lamp, logs, events, config, own, context, kind, lookAt };
}
