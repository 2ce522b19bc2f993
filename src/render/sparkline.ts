/** The size of a sparkline in its own units. */
export const SPARKLINE = { width: 120, height: 24 } as const;

const decimals = (value: number): string => String(Number(value.toFixed(1)));

/**
 * Returns the path of an area under rates, the newest at the right, as the attribute `d` of an SVG path. A gap stays empty.
 * @param whole number of rates that fill the width
 */
export function sparklinePath(rates: readonly (number | null)[], whole: number): string {
  const { width, height } = SPARKLINE;
  const most = Math.max(1e-9, ...rates.map((rate) => rate ?? 0));
  const step = width / whole;
  const first = width - rates.length * step;
  // a rate of zero keeps a thin line, so that it differs from a gap
  const top = (rate: number): number => height - 1 - (rate / most) * (height - 2);
  let path = '';
  let isOpen = false;
  for (const [index, rate] of rates.entries()) {
    const left = first + index * step;
    if (rate === null) {
      if (isOpen) path += `V${height}Z`;
      isOpen = false;
      continue;
    }
    if (!isOpen) path += `M${decimals(left)} ${height}`;
    isOpen = true;
    path += `V${decimals(top(rate))}H${decimals(left + step)}`;
  }
  return isOpen ? `${path}V${height}Z` : path;
}
