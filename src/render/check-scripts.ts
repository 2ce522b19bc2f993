import type { RenderTemplate } from './templates.ts';

/** The script that keepalived runs: every file of the checks' directory (contract section 6). */
export function renderCheckScript(render: RenderTemplate, vrrp: { readonly checkScripts: string }): string {
  return render('check_script.sh.njk', { directory: shellWord(vrrp.checkScripts) });
}

/** One load balancer, as far as the check of all haproxies has to know it. */
export interface CheckedLoadBalancer {
  /** its stats socket */
  readonly socket: string;
  /** the service manager has it stopped */
  readonly isInactive: boolean;
  /** what its controller wants just now: true to start or reload it, false to stop or delete it */
  readonly wanted?: boolean | undefined;
}

/**
 * The load balancers that should run. One that the check asked so far stays until its controller stops or deletes it,
 * whatever became of its haproxy; one that it didn't ask joins when its haproxy is started.
 * @param before the script that is on disk, of this agent or of Octavia's; undefined where there is none
 * @returns stats sockets
 */
export const socketsToAsk = (
  before: string | undefined,
  loadBalancers: readonly CheckedLoadBalancer[],
): string[] =>
  loadBalancers
    .filter(({ socket, isInactive, wanted }) => wanted ?? (!isInactive || asks(before, socket)))
    .map(({ socket }) => socket);

const QUESTION = /^haproxy-vrrp-check (.*?)(?:; *exit \$\?)?$/m;

const asks = (script: string | undefined, socket: string): boolean =>
  ` ${QUESTION.exec(script ?? '')?.[1] ?? ''} `.includes(` ${shellWord(socket)} `);

/** Whether something was to run once, by the script that is on disk. Until then it only fails. */
export const hasServed = (script: string | undefined): boolean =>
  script !== undefined && !/^\s*exit 1\s*$/m.test(script);

/**
 * The check of all haproxies. It passes where nothing should run any more: the VIP then stays where it is, and the next
 * listener serves at once.
 * @param serves.commands folder of haproxy-vrrp-check
 * @param serves.sockets stats sockets of the load balancers that should answer
 * @param serves.hasServed whether a load balancer or an LVS listener was there before
 * @returns undefined where there are LVS listeners only: then there is to be no such script
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

/** The check of all keepaliveds that serve UDP and SCTP listeners (contract section 7). */
export function renderLvsCheckScript(render: RenderTemplate, lvsDirectory: string): string {
  return render('lvs_udp_check.sh.njk', { directory: shellWord(lvsDirectory) });
}

/** The check of one UDP member, called with its address and port (contract section 7). */
export const renderUdpCheck = (render: RenderTemplate): string => render('udp_check.sh.njk', {});

/** The check of one member by HTTP, called as it says itself. */
export const renderHttpCheck = (render: RenderTemplate): string => render('http_check.sh.njk', {});

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
