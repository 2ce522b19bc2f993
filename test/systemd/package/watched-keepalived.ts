import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KEEPALIVED_SERVICE } from '../../../src/domain/paths.ts';
import { makeInterface, until } from '../../support/amphora/amphora-services.ts';
import { vrrpTransitions } from '../vrrp-transitions.ts';
import { configWithCheck } from './check-outcome.ts';
import { paths, shown } from './packaged-amphora.ts';

/** The state of a keepalived since it became master. */
export interface KeepalivedSeen {
  readonly sameProcess: boolean;
  /** changes of its VRRP state */
  readonly transitions: string[];
  /** the different exit codes of its check */
  readonly checks: string[];
}

/**
 * Starts a keepalived that tracks the agent's check of haproxy, and waits until it is master.
 * @param directory for a script that notes the exit codes of the check
 * @returns a function that waits for two further runs of the check
 */
export async function watchKeepalived(directory: string): Promise<() => Promise<KeepalivedSeen>> {
  const codes = path.join(directory, 'check-codes');
  const script = path.join(directory, 'noting_check.sh');
  await rm(codes, { force: true });
  const text = `#!/bin/sh\n${paths.vrrp.checkScript}\ncode=$?\necho $code >>${codes}\nexit $code\n`;
  await writeFile(script, text, { mode: 0o755 });
  makeInterface();
  await writeFile(paths.vrrp.config, configWithCheck(script));
  const before = vrrpTransitions().length;
  execFileSync('systemctl', ['restart', KEEPALIVED_SERVICE]);
  await until(() => /MASTER/.test(vrrpTransitions().slice(before).at(-1) ?? ''));
  const master = vrrpTransitions().length;
  const process = shown(KEEPALIVED_SERVICE, 'MainPID');
  const read = (): string[] =>
    existsSync(codes) ? readFileSync(codes, 'utf8').split('\n').slice(0, -1) : [];
  return async () => {
    const wanted = read().length + 2;
    await until(() => read().length >= wanted);
    return {
      sameProcess: shown(KEEPALIVED_SERVICE, 'MainPID') === process,
      transitions: vrrpTransitions().slice(master),
      checks: [...new Set(read())],
    };
  };
}
