/** What keepalived says of itself in its log, from version 2.2.2 on ("Startup complete"; before, it doesn't say). */

/** Where a keepalived is after its start or its reload. `silent`: its log can't tell. */
export type KeepalivedProgress = 'ready' | 'pending' | 'silent';

const BEGINNING = /^.*Starting Keepalived v(\d+)\.(\d+)\.(\d+)/m;
/** A configuration in which everything is disabled has nothing to be completed. */
const STARTED = /Startup complete|keepalived has no configuration to run/;
const RELOADED = /(?:Reload|Startup) complete/;
/** 2.2.2 */
const FIRST_THAT_SAYS = 2_002_002;

/** @param log what it said since before its start */
export function judgeStart(log: string): KeepalivedProgress {
  const last = attemptsIn(log).at(-1);
  const [, major, minor, patch] = (last && BEGINNING.exec(last)) ?? [];
  if (last === undefined || Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch) < FIRST_THAT_SAYS)
    return 'silent';
  return STARTED.test(last) ? 'ready' : 'pending';
}

/** @param log what it said since before its reload */
export function judgeReload(log: string): KeepalivedProgress {
  if (log.trim() === '') return 'silent';
  return RELOADED.test(log) ? 'ready' : 'pending';
}

/** The log of each start, as far as it is there. */
function attemptsIn(log: string): string[] {
  const starts = [...log.matchAll(new RegExp(BEGINNING, 'gm'))].map(({ index }) => index);
  return starts.map((start, number) => log.slice(start, starts[number + 1]));
}

const TIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4}: /;
/** How a keepalived begins to end, one line a member. */
const ENDING =
  /^(?:Shutting down service|Removing (?:service|alive)|Stopp(?:ed|ing)\b|CPU usage)|exited with permanent error|removing (?:Virtual|VIPs|E-VIPs)/;
/** What every start says, and what the end says for every member. */
const USUAL =
  /^(?:Starting |Running on |Command line: |'|Opening file |Configuration file |Changing syslog ident |NOTICE: |Registering |Initializing |Reloading|Got SIG|Shutting down service|Removing service|Stopp(?:ed|ing)\b|CPU usage)|removing (?:Virtual|VIPs|E-VIPs)/;
/** Lines of one shape beyond the first say no more. */
const shapeOf = (line: string): string => line.replaceAll(/[\da-f:.]*\d[\da-f:.]*/g, '#');

const LIMIT = 8 * 1024;

/**
 * Why a keepalived ended: first the last thing that it said before it began to end, then the rest that isn't said at every
 * start, lines of one shape once.
 * @param log what it said since before its start or its reload
 * @returns empty where it said nothing; at most 8 KiB
 */
export function causeOfEnd(log: string): string {
  const [first = log] = attemptsIn(log);
  const lines = first.split('\n').map((line) => line.replace(TIME, '').trim());
  const end = lines.findIndex((line) => ENDING.test(line));
  const isSaid = (line: string): boolean => line !== '' && !USUAL.test(line);
  const cause = lines.slice(0, end === -1 ? undefined : end).findLast(isSaid);
  const ranked = [...(cause === undefined ? [] : [cause]), ...lines.filter(isSaid)];
  const shapes = new Set<string>();
  const distinct = ranked.filter((line) => {
    const isNew = !shapes.has(shapeOf(line));
    shapes.add(shapeOf(line));
    return isNew;
  });
  return distinct.join('\n').slice(0, LIMIT);
}
