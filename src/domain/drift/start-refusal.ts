import type { TextOrigin } from '../haproxy/haproxy-orders.ts';

/** What decides whether a repair may start haproxy: a start puts the stored configuration in force. */
export interface StartFacts {
  /** md5 of the stored configuration */
  readonly stored: string;
  /** md5 of the configuration that ran last; undefined when there is none, or when its copy is damaged */
  readonly kept: string | undefined;
  /** who stored the stored one */
  readonly origin: TextOrigin;
}

const REASONS: Readonly<Record<TextOrigin, string>> = {
  agent: 'the stored configuration was uploaded and never reloaded',
  hand: 'the stored configuration was changed by hand',
  unknown: 'the stored configuration is another one than the one that ran last',
};

/**
 * Returns why only a request may start haproxy; undefined: a repair may start it, because it would run what it ran last.
 */
export function startRefusal({ stored, kept, origin }: StartFacts): string | undefined {
  if (kept === stored) return undefined;
  return kept === undefined ? 'no configuration of it has run yet' : REASONS[origin];
}
