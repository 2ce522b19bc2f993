import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { KEEPALIVED_SERVICE } from '../../../src/domain/paths.ts';
import { KEEPALIVED_CONFIG, until } from '../../support/amphora/amphora-services.ts';

const systemctl = (...args: string[]): string => execFileSync('systemctl', args).toString().trim();

/** VRRP in tenths of a second, so that keepalived soon is master. */
const INSTANCE = `  version 3
  advert_int 0.1
  virtual_ipaddress {
    192.0.2.9
  }
  track_script {
    check_script
  }
}`;

/** Configures a keepalived on eth1 that is master while a check succeeds. @param script program and arguments */
export const configWithCheck = (script: string): string =>
  [
    'global_defs {',
    '  script_user root',
    '  enable_script_security',
    '}',
    'vrrp_script check_script {',
    `  script "${script}"`,
    '  interval 1',
    '  timeout 30',
    '}',
    KEEPALIVED_CONFIG.replace(/^\}$/m, INSTANCE),
  ].join('\n');

/**
 * Restarts the unit of keepalived with one check.
 * @param file its configuration
 * @returns what keepalived says of the first time that the check ran
 */
export async function checkOutcome(file: string, script: string): Promise<string> {
  await writeFile(file, configWithCheck(script));
  systemctl('restart', KEEPALIVED_SERVICE);
  const invocation = systemctl('show', '--value', '--property=InvocationID', KEEPALIVED_SERVICE);
  let outcome = '';
  await until(() => {
    const journal = ['--output=cat', '--no-pager', `_SYSTEMD_INVOCATION_ID=${invocation}`];
    const said = execFileSync('journalctl', journal).toString();
    outcome = /VRRP_Script\(check_script\) (.*)$/m.exec(said)?.[1] ?? '';
    return outcome !== '';
  });
  return outcome;
}
