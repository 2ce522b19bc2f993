import type { DrainFacts } from '../../schemas/ctl-facts.ts';
import { type Block, spanText } from './blocks.ts';

/** Shows a member, its open sessions and its drain. */
export function drainBlocks(member: string, facts: DrainFacts): Block[] {
  const { state, sessions, oldest_seconds, deadline, cut, details } = facts;
  const oldest = oldest_seconds === null ? '' : `, the oldest for ${spanText(oldest_seconds)}`;
  const end =
    deadline === null ? '' : `; deadline ${deadline}${cut ? ', when the remaining sessions are closed' : ''}`;
  return [
    `member ${member}: ${state}, ${sessions} open sessions${oldest}${end}`,
    ...(details === undefined ? [] : details.split('\n').map((line) => `note: ${line}`)),
  ];
}
