/** What haproxy printed, with the lines that say why it didn't run before all others. */
export function alertsFirst(printed: string): string {
  const lines = printed.split('\n');
  const isAlert = (line: string): boolean => line.includes('[ALERT]');
  return [...lines.filter(isAlert), ...lines.filter((line) => !isAlert(line))].join('\n').trim();
}
