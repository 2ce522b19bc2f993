import { execFileSync } from 'node:child_process';

/** Returns the lines of keepalived's log about changes of the VRRP state, since the boot. */
export const vrrpTransitions = (): string[] =>
  execFileSync('journalctl', ['--no-pager', '--boot', '--output=cat', '--identifier=Keepalived_vrrp'])
    .toString()
    .split('\n')
    .filter((line) => /Entering (BACKUP|MASTER|FAULT) STATE/.test(line));
