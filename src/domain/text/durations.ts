const UNITS = [
  { seconds: 86_400, name: 'days' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'min' },
] as const;

/** Returns a duration for a person: the largest unit of which there are at least two, rounded down. */
export function durationText(seconds: number): string {
  const unit = UNITS.find((one) => seconds >= 2 * one.seconds);
  return unit === undefined ? `${seconds} s` : `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
}
