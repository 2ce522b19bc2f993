import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { isNetworkDamage, MONITOR_ARGUMENTS } from '../../domain/drift/network-event.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { reasonOf } from '../../errors.ts';
import { hasStreams } from '../child-streams.ts';
import { ENTER_NAMESPACE } from './enter-namespace.ts';

/** Reports changes of the network in the namespace amphora-haproxy. It costs nothing while nothing changes. */
export interface NetworkEvents {
  /** @param listener is called after a link changed, and after an address, a route or a rule was deleted */
  onDamage(listener: () => void): void;
  /**
   * Begins to report. Begins again if `ip monitor` ended, or if another namespace has taken the place of the one that it
   * watches.
   * @returns the reason why `ip monitor` ended since the last call; undefined if it did not end by itself
   */
  renew(): Promise<string | undefined>;
  /** Ends the reports until the next `renew`. */
  end(): void;
}

/** The kernel ends `ip monitor` when the agent ends, also when the agent is killed (PR_SET_PDEATHSIG of prctl(2)). */
const WITH_THE_AGENT = ['--pdeathsig', 'KILL', ...ENTER_NAMESPACE, 'ip', ...MONITOR_ARGUMENTS] as const;
/** The most that is kept of its output on standard error, in characters. */
const KEPT_OUTPUT = 1024;

interface Monitor {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** as namespaceNow() */
  readonly namespace: string;
}

/** Creates reports of `ip monitor`, which runs in the namespace until the agent ends. */
export function createNetworkEvents(): NetworkEvents {
  let report = (): void => undefined;
  let monitor: Monitor | undefined;
  let failure: string | undefined;

  const end = (): void => {
    monitor?.child.kill('SIGKILL');
    monitor = undefined;
  };
  const begin = (namespace: string): void => {
    const started: Monitor = { child: startMonitor(() => report()), namespace };
    monitor = started;
    let printed = '';
    if (hasStreams(started.child)) {
      started.child.stderr.on('data', (part: Buffer) => {
        printed = `${printed}${part}`.slice(-KEPT_OUTPUT);
      });
    }
    const onEnd = (reason: string): void => {
      if (monitor !== started) return;
      monitor = undefined;
      failure = reason;
    };
    started.child.once('error', (error) => onEnd(reasonOf(error)));
    started.child.once('close', (code, signal) => onEnd(`ip monitor: ${printed.trim() || (signal ?? code)}`));
  };
  return {
    onDamage(listener) {
      report = listener;
    },
    async renew() {
      const namespace = await namespaceNow();
      if (monitor?.namespace !== namespace) end();
      if (monitor === undefined && namespace !== undefined) begin(namespace);
      const reason = failure;
      failure = undefined;
      return reason;
    },
    end,
  };
}

/** Starts the program. It does not keep the agent from ending. */
function startMonitor(onDamage: () => void): Monitor['child'] {
  const child = spawn('setpriv', WITH_THE_AGENT, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.unref();
  if (hasStreams(child)) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (isNetworkDamage(line)) onDamage();
    });
  }
  return child;
}

/** Returns a text that another namespace with the same name does not have. Returns undefined when it does not exist. */
async function namespaceNow(): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(`/run/netns/${AMPHORA_NAMESPACE}`);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
