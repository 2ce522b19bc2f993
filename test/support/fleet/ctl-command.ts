import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Pki } from '../../../sandbox/controller/pki.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

export interface CtlResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCtl {
  readonly child: ChildProcess;
  readonly result: Promise<CtlResult>;
}

/** Starts `amphora-agent ctl` in a process of its own, with the files of a controller. @param flags those of Node */
export function startCtl(pki: Pki, words: readonly string[], flags: readonly string[] = []): RunningCtl {
  const files = ['--cert', pki.client, '--cacert', pki.serverAuthority.certificate];
  const child = spawn(process.execPath, [...flags, MAIN, 'ctl', ...words, ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const result = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(
    ([exitCode, stdout, stderr]) => ({ exitCode, stdout, stderr }),
  );
  return { child, result };
}
