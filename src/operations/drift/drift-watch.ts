import { hasUnconfirmed } from '../../domain/drift/drift-memory.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import type { DriftKind } from './drift-kind.ts';

/** The times of the looks in milliseconds, besides the option drift_interval. */
export interface LookTimes {
  /** from the start of the watch to the first look */
  readonly firstMs: number;
  /** from a look that saw something new to the next look, which may confirm it */
  readonly secondMs: number;
  /** from an event, such as the failure of a unit, to the look that it causes: one look serves several events */
  readonly soonMs: number;
}

export const LOOK_TIMES: LookTimes = { firstMs: 2_000, secondMs: 10_000, soonMs: 1_000 };

const MS_PER_SECOND = 1000;

/**
 * Looks for drift until the signal: soon after the start, each `drift_interval`, after events, and at once after a change of
 * the configuration. It loads the looks at the first one. Never throws.
 * @param options.kinds default: all kinds
 */
export async function watchDrift(
  context: OperationContext,
  closing: AbortSignal,
  options: { readonly times?: LookTimes; readonly kinds?: readonly DriftKind[] } = {},
): Promise<void> {
  const { drift, own, config, logger, host } = context;
  const { firstMs, secondMs, soonMs } = options.times ?? LOOK_TIMES;
  const pause = createPause(closing);
  const end = own.live.subscribe(() => pause.endIn(0));
  let lookedMs = Number.NEGATIVE_INFINITY;
  const lookSoon = (reason: string, ms: number): void => {
    logger.debug({ reason }, 'look for drift soon');
    pause.endIn(ms);
  };
  // a repair causes events too, and so does a service that crashes again and again, or something that fights the agent
  const afterEvent = (reason: string): void =>
    lookSoon(reason, Math.max(soonMs, lookedMs + secondMs - performance.now()));
  drift.onLookSoon(afterEvent);
  host.networkWatch.onDamage(() => afterEvent('the network changed'));
  for (let waitMs: number | undefined = firstMs; ; ) {
    await pause.wait(waitMs);
    const { drift: mode, driftInterval } = config();
    if (closing.aborted || mode === 'off') host.networkWatch.end();
    if (closing.aborted) return end();
    if (mode === 'off') {
      drift.forget();
      waitMs = undefined;
      continue;
    }
    try {
      watchNetwork(context);
      await watchServices(context);
      await drift.inTurn(() => look(context, closing, secondMs, options.kinds));
    } catch (error) {
      logger.error({ reason: reasonOf(error) }, 'look for drift failed');
    }
    lookedMs = performance.now();
    waitMs = hasUnconfirmed(drift.memory()) ? secondMs : driftInterval * MS_PER_SECOND;
  }
}

/** Makes changes of the network cause looks, also in a namespace that is new since the last look. */
function watchNetwork({ host, drift, logger }: OperationContext): void {
  const reason = host.networkWatch.renew();
  if (reason !== undefined && drift.isNewFailure('network events', reason))
    logger.warn({ reason }, 'changes of the network cause no look: the interval remains');
}

/** Makes the ends of services cause looks, also where that failed before. */
async function watchServices({ host, drift, logger }: OperationContext): Promise<void> {
  const reason = await host.services.renewEnds();
  if (drift.isNewFailure('ends of services', reason))
    logger.warn({ reason }, 'ends of services cause no look: the interval remains');
}

async function look(
  context: OperationContext,
  closing: AbortSignal,
  secondMs: number,
  kinds: readonly DriftKind[] | undefined,
): Promise<void> {
  const [{ lookForDrift }, { DRIFT_KINDS }] = await Promise.all([
    import('./drift-look.ts'),
    import('./drift-kinds.ts'),
  ]);
  // an ordered repair may have taken its turn before, and the option may have changed meanwhile
  const { drift: mode } = context.config();
  if (mode === 'off') return;
  const mayRepair = (): boolean => !closing.aborted && context.config().drift === 'repair';
  await lookForDrift(context, kinds ?? DRIFT_KINDS, mode, secondMs, mayRepair);
}

/** A wait that an event can shorten. */
interface Pause {
  /** Waits; an event between two waits shortens the next one. @param ms undefined: until an event */
  wait(ms: number | undefined): Promise<void>;
  /** Ends the wait after so many milliseconds, if it doesn't end earlier. */
  endIn(ms: number): void;
}

function createPause(closing: AbortSignal): Pause {
  let endsAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let resume = (): void => undefined;
  const plan = (ms: number): void => {
    if (performance.now() + ms >= endsAt) return;
    endsAt = performance.now() + ms;
    clearTimeout(timer);
    timer = setTimeout(() => resume(), ms).unref();
  };
  closing.addEventListener('abort', () => {
    clearTimeout(timer);
    resume();
  });
  return {
    async wait(ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      resume = resolve;
      if (closing.aborted || performance.now() >= endsAt) resolve();
      else if (ms !== undefined) plan(ms);
      await promise;
      resume = () => undefined;
      clearTimeout(timer);
      endsAt = Number.POSITIVE_INFINITY;
    },
    endIn: plan,
  };
}
