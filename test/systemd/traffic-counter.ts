import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { IN_NAMESPACE, until } from '../support/amphora/amphora-services.ts';

/** The outcome of a client's requests, each on a connection of its own. */
export interface Traffic {
  readonly answered: number;
  /** refused, cut, without an answer in time, or with another status than 200 */
  readonly lost: number;
  /** one line for each lost request: the status, when it began, the seconds that it took, and what curl says */
  readonly losses: readonly string[];
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
  curl --silent --max-time "$2" --output /dev/null --write-out "%{http_code} $(date +%T.%N) %{time_total} %{errormsg}\\n" "$1"
  sleep 0.02
done`;

/** Returns the words before a command that runs it in some place. */
function placeOf(from: Parameters<typeof startTraffic>[1]): string[] {
  if (from === 'outside') return [];
  return ['nsenter', ...(from === 'namespace' ? IN_NAMESPACE : [`--net=/run/netns/${from.namespace}`, '--'])];
}

/**
 * @param from `namespace` sends from inside of the amphora's namespace, `outside` from outside of it, and the name of another
 * network namespace from inside of that one
 * @param seconds an answer that takes longer is lost
 */
export async function startTraffic(
  url: string,
  from: 'namespace' | 'outside' | { readonly namespace: string },
  seconds = 2,
): Promise<RunningTraffic> {
  const [program = '', ...args] = [...placeOf(from), 'sh', '-c', CLIENT, 'client', url, `${seconds}`];
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

function counted(lines: readonly string[]): Traffic {
  const losses = lines.filter((line) => !line.startsWith('200 '));
  return { answered: lines.length - losses.length, lost: losses.length, losses };
}
