import { readMemberStatistics } from '../../domain/haproxy/member-statistics.ts';
import { expositionText } from '../../domain/metrics/exposition-text.ts';
import { createMemberLabels, createMemberMetrics } from '../../domain/metrics/member-metrics.ts';
import type { MetricsFormat } from '../../domain/metrics/metrics-format.ts';
import type { OperationContext } from '../context.ts';
import { createLooks } from './looks.ts';
import { findMembers } from './members.ts';

type MembersContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

/** The longest time until a haproxy or the kernel answers. */
const ANSWER_MS = 2_000;

/** Returns the metrics of all members as text, in chunks. The facts are from before the first chunk. Never fails. */
export async function memberMetrics(
  context: MembersContext,
  format: MetricsFormat,
): Promise<Iterable<Buffer>> {
  const { haproxy, lvs } = await findMembers(context, {
    ...{ looks: createLooks(context), answerMs: ANSWER_MS },
    read: (answer, rules, id) => readMemberStatistics(answer, id, rules),
  });
  const facts = [...haproxy.flat(), ...lvs];
  return expositionText(facts, createMemberLabels(), createMemberMetrics(), format);
}
