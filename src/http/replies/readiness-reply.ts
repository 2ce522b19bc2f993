import { readinessText } from '../../domain/health/readiness.ts';
import type { OperationContext } from '../../operations/context.ts';
import { amphoraReadiness } from '../../operations/health/readiness.ts';
import type { Reply } from './replies.ts';

/** Returns the answer of `GET /readyz`: 200 for an amphora that is ready, 503 with the reasons for another one. */
export async function readinessReply(context: OperationContext): Promise<Reply> {
  const judged = await amphoraReadiness(context);
  return { status: judged.reasons.length === 0 ? 200 : 503, body: Buffer.from(readinessText(judged)) };
}
