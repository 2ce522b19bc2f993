import { spawnSync } from 'node:child_process';

/**
 * The command that installs an RPM on Debian, whose packages rpm doesn't know: no requirement is there. rpm of Debian 12 wants to be told
 * that this is meant; that of Debian 13 has no such option.
 */
export function rpmOnDebian(): readonly string[] {
  const wantsForce = spawnSync('rpm', ['--force-debian', '--version']).status === 0;
  return ['rpm', ...(wantsForce ? ['--force-debian'] : []), '--nodeps'];
}
