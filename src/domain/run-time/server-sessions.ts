import { parseCsv } from '../text/csv.ts';
import type { ServerName } from './run-time-record.ts';

/** Returns the commands whose answers sessionsIn() reads: one for each server. */
export const sessionCommands = (
  servers: readonly { readonly backendNumber: string; readonly serverNumber: string }[],
): string[] =>
  servers.map(({ backendNumber, serverNumber }) => `show stat ${backendNumber} 4 ${serverNumber}`);

/**
 * Reads the open sessions of one server from the answer to `show stat` (haproxy management guide, section 9.1, `scur`).
 * @param answer without its final empty line
 * @returns undefined for an answer in an unknown form, or without a row
 */
export function sessionsIn(answer: string): number | undefined {
  const [header, row, ...others] = parseCsv(`${answer.replace(/^# /, '')}\n`) ?? [];
  const column = header?.indexOf('scur') ?? -1;
  const value = row?.[column] ?? '';
  return others.length === 0 && /^\d+$/.test(value) ? Number(value) : undefined;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/**
 * Returns the age in seconds of the oldest session of some servers, from the answer to `show sess` (haproxy management
 * guide, section 9.3): each line has `be=BACKEND srv=SERVER … age=1h5m`.
 * @returns undefined when they have no session
 */
export function oldestAge(answer: string, servers: readonly ServerName[]): number | undefined {
  const wanted = new Set(servers.map(({ backend, server }) => `be=${backend} srv=${server}`));
  let oldest: number | undefined;
  for (const [, place = '', age = ''] of answer.matchAll(/^0x\S+: .*?(be=\S+ srv=\S+) .*?age=(\S+)/gm)) {
    if (wanted.has(place)) oldest = Math.max(oldest ?? 0, secondsOf(age));
  }
  return oldest;
}

const secondsOf = (age: string): number =>
  [...age.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_SECONDS[unit] ?? 0),
    0,
  );
