import {
  confirmedDifferences,
  type DriftMemory,
  forgotten,
  NO_DRIFT,
} from '../../domain/drift/drift-memory.ts';
import { type DriftItem, driftItems, type UnseenItem, unseenItems } from '../../domain/drift/drift-report.ts';
import type { MetricFamily } from '../../domain/metrics/metric-family.ts';
import { createObjectQueue } from '../object-queue.ts';
import { createLastLooks, type LastLooks } from './last-looks.ts';

/** How a repair ended: the difference is gone, it is still there, or the repair itself failed. */
export type RepairResult = 'repaired' | 'still there' | 'failed';

/** What the looks for drift have found, for reports. It loads nothing of the looks themselves. */
export interface DriftState {
  memory(): DriftMemory;
  change(next: (memory: DriftMemory) => DriftMemory): void;
  /** Notes the end of a look that saw every kind. */
  checked(): void;
  /**
   * Notes why events of a source cause no look. @param reason undefined: they do
   * @returns whether it fails for the first time, or with another reason than the time before
   */
  isNewFailure(source: string, reason: string | undefined): boolean;
  /** Forgets the differences, because the agent doesn't look any more. The repairs of the last hour still count. */
  forget(): void;
  /** Returns the confirmed differences. */
  items(): DriftItem[];
  /** Returns what the last look failed to see. */
  unseen(): UnseenItem[];
  checkedAt(): Date | undefined;
  count(kind: string, result: RepairResult): void;
  families(): MetricFamily[];
  /** Runs looks and ordered repairs one after another. */
  inTurn<Result>(look: () => Promise<Result>): Promise<Result>;
  /** Asks for a look soon, for example after a unit failed. Has no effect when the agent doesn't look for drift. */
  lookSoon(reason: string): void;
  /** @param listener is called at each lookSoon() */
  onLookSoon(listener: (reason: string) => void): void;
  /** milliseconds of a clock that never jumps */
  now(): number;
  readonly lastLooks: LastLooks;
}

const MS_PER_SECOND = 1000;
const LOOK = 'look';

/** @param now the clock of the looks, in milliseconds */
export function createDriftState(now: () => number = () => performance.now()): DriftState {
  let memory = NO_DRIFT;
  let checkedMs: number | undefined;
  let listener: ((reason: string) => void) | undefined;
  const turns = createObjectQueue();
  const failures = new Map<string, string | undefined>();
  const counts = new Map<string, { kind: string; result: RepairResult; value: number }>();
  const dateOf = (ms: number): Date => new Date(Date.now() - (now() - ms));
  return {
    memory: () => memory,
    change(next) {
      memory = next(memory);
    },
    checked() {
      checkedMs = now();
    },
    isNewFailure(source, reason) {
      const isNew = reason !== undefined && failures.get(source) !== reason;
      failures.set(source, reason);
      return isNew;
    },
    forget() {
      memory = forgotten(memory);
      checkedMs = undefined;
    },
    items: () => driftItems(memory, dateOf),
    unseen: () => unseenItems(memory, dateOf),
    checkedAt: () => (checkedMs === undefined ? undefined : dateOf(checkedMs)),
    count(kind, result) {
      const key = `${kind} ${result}`;
      const value = (counts.get(key)?.value ?? 0) + 1;
      counts.set(key, { kind, result, value });
    },
    families: () => [
      ...itemFamilies(memory),
      {
        name: 'amphora_agent_drift_repairs',
        help: 'Repairs of drift by kind and result.',
        type: 'counter',
        samples: [...counts.values()].map(({ kind, result, value }) => ({ labels: { kind, result }, value })),
      },
      {
        name: 'amphora_agent_drift_look_age_seconds',
        help: 'Seconds since the last look for drift.',
        type: 'gauge',
        samples: checkedMs === undefined ? [] : [{ value: (now() - checkedMs) / MS_PER_SECOND }],
      },
    ],
    inTurn: (look) => turns.run(LOOK, look),
    lookSoon: (reason) => listener?.(reason),
    onLookSoon(next) {
      listener = next;
    },
    now,
    lastLooks: createLastLooks(),
  };
}

function itemFamilies(memory: DriftMemory): MetricFamily[] {
  const kinds = Map.groupBy(confirmedDifferences(memory), ({ difference }) => difference.kind);
  return [
    {
      name: 'amphora_agent_drift_items',
      help: 'Differences between what the amphora should have and what it has, by kind.',
      type: 'gauge',
      samples: [...kinds].map(([kind, items]) => ({ labels: { kind }, value: items.length })),
    },
    {
      name: 'amphora_agent_drift_gave_up',
      help: 'Objects whose drift came back after each repair, so that repairs have ended for an hour.',
      type: 'gauge',
      samples: [{ value: memory.gaveUp.size }],
    },
  ];
}
