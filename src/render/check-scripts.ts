import type { RenderTemplate } from './templates.ts';

/** Renders the script that keepalived runs. It runs every file in the directory of the checks. */
export function renderCheckScript(render: RenderTemplate, vrrp: { readonly checkScripts: string }): string {
  return render('check_script.sh.njk', { directory: shellWord(vrrp.checkScripts) });
}

/** The facts about one load balancer that the check of all haproxies needs. */
export interface CheckedLoadBalancer {
  /** path of its stats socket */
  readonly socket: string;
  /** true when the service manager has stopped it */
  readonly isInactive: boolean;
  /** the controller's request in progress: true to start or reload it, false to stop or delete it */
  readonly wanted?: boolean | undefined;
}

/**
 * Returns the stats sockets of the load balancers that should run. A load balancer of the present script stays until its
 * controller stops or deletes it, even when its haproxy fails. Another load balancer joins when its haproxy is started.
 * @param before the script on disk, from this agent or Octavia's; undefined when there is none
 */
export const socketsToAsk = (
  before: string | undefined,
  loadBalancers: readonly CheckedLoadBalancer[],
): string[] =>
  loadBalancers
    .filter(({ socket, isInactive, wanted }) => wanted ?? (!isInactive || checks(before, socket)))
    .map(({ socket }) => socket);

const CHECK_CALL = /^haproxy-vrrp-check (.*?)(?:; *exit \$\?)?$/m;

const checks = (script: string | undefined, socket: string): boolean =>
  ` ${CHECK_CALL.exec(script ?? '')?.[1] ?? ''} `.includes(` ${shellWord(socket)} `);

/**
 * Returns the stats sockets that a script queries.
 * @returns undefined when its call of the check is not one that an agent writes, for example after an edit by hand
 */
export const socketsIn = (script: string): string[] | undefined =>
  shellWordsIn(CHECK_CALL.exec(script)?.[1] ?? '');

/** Whether the script on disk had a load balancer or an LVS listener to check. Before that, the script always fails. */
export const hasServed = (script: string | undefined): boolean =>
  script !== undefined && !/^\s*exit 1\s*$/m.test(script);

/**
 * Renders the check of all haproxies. It passes when no haproxy should run any more: the VIP then stays at this amphora, and
 * the next listener serves at once.
 * @param serves.commands directory of haproxy-vrrp-check
 * @param serves.sockets stats sockets of the load balancers that should answer
 * @param serves.hasServed whether a load balancer or an LVS listener existed before
 * @returns undefined when there are only LVS listeners: then this script must not exist
 */
export function renderHaproxyCheckScript(
  render: RenderTemplate,
  serves: {
    readonly commands: string;
    readonly sockets: readonly string[];
    readonly hasLvsListeners: boolean;
    readonly hasServed: boolean;
  },
): string | undefined {
  if (serves.sockets.length === 0 && serves.hasLvsListeners) return undefined;
  return render('haproxy_check_script.sh.njk', {
    commands: shellWord(serves.commands),
    sockets: serves.sockets.map(shellWord),
    hasServed: serves.hasServed,
  });
}

/** Renders the check of all keepaliveds that serve UDP and SCTP listeners. */
export function renderLvsCheckScript(render: RenderTemplate, lvsDirectory: string): string {
  return render('lvs_udp_check.sh.njk', { directory: shellWord(lvsDirectory) });
}

/** Renders the check of one UDP member. Its arguments are the member's address and port. */
export const renderUdpCheck = (render: RenderTemplate): string => render('udp_check.sh.njk', {});

/** Renders the check of one member by HTTP. A comment in the script describes its arguments. */
export const renderHttpCheck = (render: RenderTemplate): string => render('http_check.sh.njk', {});

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** Quotes a text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const ANY_WORD = /'[^']*'(?:\\''[^']*')*|[^\s']+/g;

/** Reads words that shellWord() wrote. @returns undefined when the text has anything else */
function shellWordsIn(text: string): string[] | undefined {
  const words = (text.match(ANY_WORD) ?? []).map(plainWord);
  return words.map(shellWord).join(' ') === text.trim() ? words : undefined;
}

const plainWord = (word: string): string =>
  word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
