import { isRecord, type JsonRecord, recordsIn } from '../text/json-shapes.ts';

/** The state of an instance, as keepalived sees it. */
export interface VrrpState {
  /** name of the instance in the configuration */
  readonly instance: string;
  readonly state: 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';
  /** undefined when the dump has no time */
  readonly since: Date | undefined;
}

/** The states by their numbers in the dump (vrrp.h of keepalived: VRRP_STATE_INIT, _BACK, _MAST, _FAULT). */
const STATES = ['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const;
const MS_PER_SECOND = 1000;

/**
 * Reads the states in keepalived's JSON dump: a list of instances, or in newer versions an object with that list. Leaves out
 * an instance of another form. @throws SyntaxError for a text that is no such dump
 */
export function readVrrpStates(text: string): VrrpState[] {
  const parsed: unknown = JSON.parse(text);
  const content = isRecord(parsed) ? parsed : { vrrp: parsed };
  return recordsIn(content, 'vrrp').flatMap(({ data }) => (isRecord(data) ? stateIn(data) : []));
}

function stateIn({ iname, state, last_transition: moved }: JsonRecord): VrrpState[] {
  const name = typeof state === 'number' ? STATES[state] : undefined;
  if (typeof iname !== 'string' || name === undefined) return [];
  const since = typeof moved === 'number' && moved > 0 ? new Date(moved * MS_PER_SECOND) : undefined;
  return [{ instance: iname, state: name, since }];
}
