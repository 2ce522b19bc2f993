import type { RenderTemplate } from './templates.ts';

/** The script that keepalived runs: every file of the checks' directory (contract section 6). */
export function renderCheckScript(render: RenderTemplate, vrrp: { readonly checkScripts: string }): string {
  return render('check_script.sh.njk', { directory: shellWord(vrrp.checkScripts) });
}

/**
 * The check of all haproxies (contract section 6; field lessons A3).
 * @param serves.sockets stats sockets of the load balancers that should answer
 * @returns undefined where there are LVS listeners only: then there is to be no such script
 */
export function renderHaproxyCheckScript(
  render: RenderTemplate,
  serves: { readonly sockets: readonly string[]; readonly hasLvsListeners: boolean },
): string | undefined {
  if (serves.sockets.length === 0 && serves.hasLvsListeners) return undefined;
  return render('haproxy_check_script.sh.njk', { sockets: serves.sockets.map(shellWord) });
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
