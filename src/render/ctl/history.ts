import type { HistoryFacts } from '../../schemas/ctl-facts.ts';
import type { Block } from './blocks.ts';

/** Shows the configurations of a load balancer that ran last. */
export function historyBlocks({ configurations }: HistoryFacts): Block[] {
  if (configurations.length === 0) return ['no configuration of this load balancer has run yet'];
  const rows = configurations.map(({ number, since, md5, listeners, state, without_reload, missing }) => [
    `${number}`,
    since,
    md5,
    listeners.join('\n'),
    [
      ...(state === 'kept' ? [] : [state]),
      ...(without_reload ? ['without reload'] : []),
      ...missing.map((file) => `gone: ${file}`),
    ].join('\n'),
  ]);
  return [{ head: ['#', 'since', 'md5', 'listeners', ''], rows }];
}
