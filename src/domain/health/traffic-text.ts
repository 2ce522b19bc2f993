import type { TrafficRates } from '../metrics/traffic-history.ts';

/** The last rates of a listener, for a person. */
export interface TrafficTexts {
  readonly bytesIn: string;
  readonly bytesOut: string;
  readonly sessions: string;
  /** the largest rates of the history */
  readonly mostBytes: string;
  readonly mostSessions: string;
}

/** The fewest slots that a line has room for: 10 minutes. */
const LEAST_SLOTS = 20;

/** Returns the number of slots that fill a line: the whole history, once it is long enough. */
export const shownSlots = ({ sessions }: TrafficRates): number => Math.max(LEAST_SLOTS, sessions.length);

type Rates = TrafficRates['sessions'];

const BLOCKS = '▁▂▃▄▅▆▇█';
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const THOUSAND = 1000;
/** A number below it gets one decimal place. */
const TWO_DIGITS = 10;

/** Returns rates as texts with units. @returns undefined without a rate */
export function trafficTexts(rates: TrafficRates): TrafficTexts | undefined {
  const [bytesIn, bytesOut, sessions] = [last(rates.bytes_in), last(rates.bytes_out), last(rates.sessions)];
  if (bytesIn === undefined || bytesOut === undefined || sessions === undefined) return undefined;
  return {
    ...{ bytesIn: byteText(bytesIn), bytesOut: byteText(bytesOut), sessions: sessionText(sessions) },
    mostBytes: byteText(Math.max(...bothWays(rates).map((rate) => rate ?? 0))),
    mostSessions: sessionText(Math.max(...rates.sessions.map((rate) => rate ?? 0))),
  };
}

/** Returns the bytes of both directions a second. */
export const bothWays = ({ bytes_in: inward, bytes_out: outward }: TrafficRates): (number | null)[] =>
  inward.map((rate, index) => (rate === null ? null : rate + (outward[index] ?? 0)));

const last = (rates: Rates): number | undefined => rates.findLast((rate) => rate !== null) ?? undefined;

const rounded = (value: number): string =>
  value > 0 && value < TWO_DIGITS ? String(Number(value.toFixed(1))) : String(Math.round(value));

function byteText(rate: number): string {
  const power = UNITS.findLastIndex((_, index) => rate >= THOUSAND ** index);
  const unit = Math.max(0, power);
  return `${rounded(rate / THOUSAND ** unit)} ${UNITS[unit]}/s`;
}

const sessionText = (rate: number): string => `${rounded(rate)}/s`;

/**
 * Returns rates as a line of blocks for a terminal. Each block stands for the mean of some rates; a gap is a space.
 * @param width number of blocks when there are `whole` rates
 */
export function blockLine(rates: Rates, whole: number, width: number): string {
  const each = Math.max(1, Math.ceil(whole / width));
  const means: (number | undefined)[] = [];
  for (let end = rates.length; end > 0; end -= each) {
    const known = rates.slice(Math.max(0, end - each), end).filter((rate) => rate !== null);
    means.unshift(known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate, 0) / known.length);
  }
  const most = Math.max(...means.map((mean) => mean ?? 0));
  return means
    .map((mean) =>
      mean === undefined
        ? ' '
        : (BLOCKS[most === 0 ? 0 : Math.round((mean / most) * (BLOCKS.length - 1))] ?? ' '),
    )
    .join('');
}
