import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Pki } from '../../src/sandbox/pki.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../interop/octavia_driver.py');

export interface DriverTarget {
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** One line of the script's answers: what the driver returned, or what it raised. */
export type DriverAnswer = { readonly result: unknown } | { readonly error: string; readonly text: string };

/** Octavia's own driver in a Python process, one call at a time. */
export interface OctaviaDriver {
  call(method: string, ...args: unknown[]): Promise<DriverAnswer>;
  /** @returns the text that Octavia's own template renders */
  render(kind: 'haproxy' | 'keepalived', model: object): Promise<string>;
  close(): void;
}

export function startOctaviaDriver(target: DriverTarget, pki: Pki): OctaviaDriver {
  const child = spawn('/usr/bin/python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const iterator = lines[Symbol.asyncIterator]();
  child.stdin.write(
    `${JSON.stringify({
      address: target.address,
      port: target.port,
      amphora_id: target.id,
      client_cert: pki.client,
      server_ca: pki.serverAuthority.certificate,
    })}\n`,
  );
  const ask = async (order: object): Promise<DriverAnswer> => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await iterator.next();
    if (done === true) throw new Error("Octavia's driver ended");
    return JSON.parse(value) as DriverAnswer;
  };
  return {
    call: (method, ...args) => ask({ call: method, args }),
    async render(kind, model) {
      const answer = await ask({ render: kind, ...model });
      if ('result' in answer && typeof answer.result === 'string') return answer.result;
      throw new Error(JSON.stringify(answer));
    },
    close: () => end(child, lines),
  };
}

function end(child: ChildProcess, lines: Interface): void {
  lines.close();
  child.stdin?.end();
}
