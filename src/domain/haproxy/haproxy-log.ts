/** Returns the output of haproxy with its alerts, which give the cause of a failure, before all other lines. */
export function alertsFirst(printed: string): string {
  const lines = printed.split('\n');
  const isAlert = (line: string): boolean => line.includes('[ALERT]');
  return [...lines.filter(isAlert), ...lines.filter((line) => !isAlert(line))].join('\n').trim();
}
