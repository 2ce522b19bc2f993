/** Reads keepalived's log. Versions since 2.2.2 log "Startup complete"; earlier versions log no such line. */

/** The state of a keepalived after a start or a reload. `silent`: its log doesn't show the state. */
export type KeepalivedProgress = 'ready' | 'pending' | 'silent';

const BEGINNING = /^.*Starting Keepalived v(\d+)\.(\d+)\.(\d+)/m;
/** A configuration in which everything is disabled has no startup to complete. */
const STARTED = /Startup complete|keepalived has no configuration to run/;
const RELOADED = /(?:Reload|Startup) complete/;
/** Version 2.2.2, the first that logs "Startup complete". */
const FIRST_THAT_SAYS = 2_002_002;

/** Judges a start. @param log lines since shortly before the start */
export function judgeStart(log: string): KeepalivedProgress {
  const last = attemptsIn(log).at(-1);
  const [, major, minor, patch] = (last && BEGINNING.exec(last)) ?? [];
  if (last === undefined || Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch) < FIRST_THAT_SAYS)
    return 'silent';
  return STARTED.test(last) ? 'ready' : 'pending';
}

/** Judges a reload. @param log lines since shortly before the reload */
export function judgeReload(log: string): KeepalivedProgress {
  if (log.trim() === '') return 'silent';
  return RELOADED.test(log) ? 'ready' : 'pending';
}

/** Returns the log of each start attempt in the given part of the log. */
function attemptsIn(log: string): string[] {
  const starts = [...log.matchAll(new RegExp(BEGINNING, 'gm'))].map(({ index }) => index);
  return starts.map((start, number) => log.slice(start, starts[number + 1]));
}

/** Returns the numbers of the processes that a keepalived says it started, in their order. */
export const childrenIn = (log: string): number[] =>
  [...log.matchAll(/^.*Starting \S+ child process, pid=(\d+)$/gm)].map(([, pid]) => Number(pid));

const TIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4}: /;
/** The first lines of a keepalived that stops, one per member. */
const ENDING =
  /^(?:Shutting down service|Removing (?:service|alive)|Stopp(?:ed|ing)\b|CPU usage)|exited with permanent error|removing (?:Virtual|VIPs|E-VIPs)/;
/** Lines that keepalived logs at every start, and for every member at its stop. */
const USUAL =
  /^(?:Starting |Running on |Command line: |'|Opening file |Configuration file |Changing syslog ident |NOTICE: |Registering |Initializing |Reloading|Got SIG|Shutting down service|Removing service|Stopp(?:ed|ing)\b|CPU usage)|removing (?:Virtual|VIPs|E-VIPs)/;
/** Replaces the numbers of a line. Further lines of the same shape add no information. */
const shapeOf = (line: string): string => line.replaceAll(/[\da-f:.]*\d[\da-f:.]*/g, '#');

const LIMIT = 8 * 1024;

/**
 * Returns why a keepalived stopped: first the last line that it logged before it began to stop, then all lines that
 * aren't part of every start. Of lines with the same shape, only the first is kept.
 * @param log lines since shortly before the start or the reload
 * @returns at most 8 KiB; empty when the log is empty
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
