import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Pki } from '../../../sandbox/controller/pki.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../../interop/octavia_driver.py');

export interface DriverTarget {
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** One line of the script's answers: what the driver returned or raised, and the agent's last response if one came. */
export type DriverAnswer = (
  | { readonly result: unknown }
  | { readonly error: string; readonly text: string }
) & { readonly response?: { readonly status: number; readonly body: string } };

/** Octavia's own driver in a Python process, which speaks with one amphora, one call at a time. */
export interface OctaviaDriver {
  /** Uses the same process, which takes seconds to start, for another amphora on the same port. */
  of(other: DriverTarget): OctaviaDriver;
  call(method: string, ...args: unknown[]): Promise<DriverAnswer>;
  /** Calls any method with arguments by position and by name, such as its `put` that takes a path. */
  ask(order: {
    readonly call: string;
    readonly args: readonly unknown[];
    readonly named?: object;
  }): Promise<DriverAnswer>;
  /** names of all its methods, including those for requests (`get`, `put`, …) */
  methods(): Promise<readonly string[]>;
  /** @returns the text that Octavia's own template renders */
  render(kind: 'haproxy' | 'keepalived' | 'lvs', model: object): Promise<string>;
  close(): void;
}

/** @param retryInterval seconds between the three attempts to reach the agent */
export function startOctaviaDriver(target: DriverTarget, pki: Pki, retryInterval = 1): OctaviaDriver {
  const child = spawn('/usr/bin/python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const iterator = lines[Symbol.asyncIterator]();
  child.stdin.write(
    `${JSON.stringify({
      port: target.port,
      client_cert: pki.client,
      server_ca: pki.serverAuthority.certificate,
      retry_interval: retryInterval,
    })}\n`,
  );
  const send = async (order: object): Promise<DriverAnswer> => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await iterator.next();
    if (done === true) throw new Error("Octavia's driver ended");
    return JSON.parse(value) as DriverAnswer;
  };
  return driverOf(target, send, () => end(child, lines));
}

function driverOf(
  { id, address }: DriverTarget,
  send: (order: object) => Promise<DriverAnswer>,
  close: () => void,
): OctaviaDriver {
  const ask = (order: object): Promise<DriverAnswer> => send({ ...order, amphora: { id, address } });
  return {
    of: (other) => driverOf(other, send, close),
    ask,
    call: (method, ...args) => ask({ call: method, args }),
    async methods() {
      const answer = await ask({ methods: true });
      if ('result' in answer && Array.isArray(answer.result)) return answer.result.map(String);
      throw new Error(JSON.stringify(answer));
    },
    async render(kind, model) {
      const answer = await ask({ render: kind, ...model });
      if ('result' in answer && typeof answer.result === 'string') return answer.result;
      throw new Error(JSON.stringify(answer));
    },
    close,
  };
}

function end(child: ChildProcess, lines: Interface): void {
  lines.close();
  child.stdin?.end();
}
