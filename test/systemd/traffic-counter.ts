import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IN_NAMESPACE, until } from '../support/amphora/amphora-services.ts';

/** The outcome of a client's requests, each on a connection of its own. */
export interface Traffic {
  readonly answered: number;
  /** refused, cut, without an answer for 2 s, or with another status than 200 */
  readonly lost: number;
}

/** A client that requests a page again and again in the background. */
export interface RunningTraffic {
  /** Waits for so many further requests, without those that began before this call. */
  next(requests: number): Promise<void>;
  /** Returns the outcome of the requests that have ended. */
  soFar(): Traffic;
  stop(): Promise<Traffic>;
}

/**
 * A program of its own, so that it goes on while this process waits for another program. It writes to a file: a pipe of Node is
 * a socket, which holds about 150 lines until this process reads.
 */
const CLIENT = `while :; do
  curl --silent --max-time 2 --output /dev/null --write-out '%{http_code}\\n' "$1"
  sleep 0.02
done`;

/** @param from `namespace` sends from inside of the amphora's namespace, `outside` from outside of it */
export async function startTraffic(url: string, from: 'namespace' | 'outside'): Promise<RunningTraffic> {
  const client = ['sh', '-c', CLIENT, 'client', url];
  const [program = '', ...args] = from === 'namespace' ? ['nsenter', ...IN_NAMESPACE, ...client] : client;
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'traffic-')), 'codes');
  const child = spawn(program, args, { stdio: ['ignore', openSync(file, 'a'), 'inherit'] });
  const answers = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const next = async (requests: number): Promise<void> => {
    const wanted = answers().length + requests + 1;
    await until(() => answers().length >= wanted);
  };
  await next(1);
  return {
    next,
    soFar: () => counted(answers()),
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
      return counted(answers());
    },
  };
}

function counted(codes: readonly string[]): Traffic {
  const answered = codes.filter((code) => code === '200').length;
  return { answered, lost: codes.length - answered };
}
