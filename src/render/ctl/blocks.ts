/** A table, as plain texts. A cell may have several lines. */
export interface Grid {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A part of what a command prints: a line, or a table. */
export type Block = string | Grid;

/** Returns a number, or `-` where nothing counts it. */
export const numberText = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : `${value}`;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const STEP = 1024;

/** Returns a size with a unit: `512 B`, `1.5 MiB`; `-` where nothing counts it. */
export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return '-';
  const unit = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(STEP)), UNITS.length - 1);
  const value = bytes / STEP ** unit;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

/** Returns a span with its two largest units: `5 s`, `3 min 10 s`, `2 h 5 min`, `4 d 1 h`; `-` for null. */
export function spanText(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '-';
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}
