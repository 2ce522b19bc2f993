import type { UnreadPart } from '../../domain/health/unread-part.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';
import { inTime } from '../deadline.ts';

/** The longest time of a look. A monitor and `amphora-agent ready` wait 10 s for the whole answer. */
const LOOK_MS = 5_000;

/** Looks at parts of the amphora. A part whose look fails spoils no other part. */
export interface Looks {
  /**
   * Returns what the look finds, or `otherwise` when it fails or takes longer than 5 s. It never throws. A look that takes too
   * long goes on by itself.
   * @param what the part, with its article, in the plural
   */
  at<Part>(what: string, look: () => Promise<Part>, otherwise: Part): Promise<Part>;
  /** Returns the parts whose looks have failed until now, in the order of their names. */
  unread(): UnreadPart[];
}

export function createLooks({ logger }: Pick<OperationContext, 'logger'>, limitMs = LOOK_MS): Looks {
  const failed: UnreadPart[] = [];
  return {
    async at(what, look, otherwise) {
      try {
        return await inTime(look(), limitMs);
      } catch (error) {
        logger.warn({ part: what, err: error }, 'cannot look at a part of the amphora');
        failed.push({ what, fault: reasonOf(error) });
        return otherwise;
      }
    },
    unread: () => failed.toSorted((one, other) => one.what.localeCompare(other.what)),
  };
}
