/** What `ip monitor` reports, and its argument `label` puts the name of the kind before each line. */
export const MONITOR_ARGUMENTS = ['-o', 'monitor', 'label', 'link', 'address', 'route', 'rule'] as const;

/**
 * Returns whether a line of `ip -o monitor label` reports a change that may be a damage: of a link, or an address, a route or a
 * rule that is gone. An added one is usual: each router advertisement adds the same addresses and routes again.
 */
export const isNetworkDamage = (line: string): boolean =>
  /^\[LINK\]|^\[(?:ADDR|ROUTE|RULE)\]Deleted /.test(line);
