import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { REPOSITORY } from '../../repository.ts';
import { IN_NAMESPACE } from '../../support/amphora/amphora-services.ts';

const PROGRAM = path.join(REPOSITORY, 'test/systemd/upgrade/websocket.ts');

type Running = ChildProcessByStdio<Writable, Readable, null>;

function start(
  role: 'member' | 'client',
  port: number,
): { readonly child: Running; readonly lines: Interface } {
  const argv = [...IN_NAMESPACE, process.execPath, PROGRAM, role, `${port}`];
  const child = spawn('nsenter', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  return { child, lines: createInterface({ input: child.stdout }) };
}

/** Starts a member that echoes websockets. It ends with this process. */
export async function startWebsocketMember(port: number): Promise<void> {
  const { lines } = start('member', port);
  await once(lines, 'line');
}

/** A websocket through haproxy that stays open. */
export interface OpenWebsocket {
  /** Returns whether the member still echoes. */
  works(): Promise<boolean>;
}

export async function openWebsocket(port: number): Promise<OpenWebsocket> {
  const { child, lines } = start('client', port);
  await once(lines, 'line');
  return {
    async works() {
      const line = once(lines, 'line');
      child.stdin.write('\n');
      return String(await line) === 'works';
    },
  };
}
