import { statSync } from 'node:fs';
import { hasPart, type NetworkParts, partFailure, questionLine } from '../../domain/drift/network-answer.ts';
import { type OwnerProbe, probeLine } from '../../domain/drift/owner-probe.ts';
import { readTables, type Tables } from '../../domain/drift/table-drift.ts';
import { type NamespaceInterface, parseNamespaceState } from '../../domain/network/ip-json.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { CommandFailed } from '../../errors.ts';
import type { Argv } from '../command.ts';
import { type NetworkProgram, startNetworkProgram } from './network-program.ts';

/**
 * What one look at the namespace amphora-haproxy shows. A part that has not changed since the look before is the same object, which
 * was read once.
 */
export interface NetworkSight {
  /** @throws CommandFailed when `ip` failed */
  interfaces(): readonly NamespaceInterface[];
  /** Returns all tables of nftables; undefined when nobody asked for them. @throws CommandFailed when `nft` failed */
  tables(): Tables | undefined;
  /** lines `KEY = VALUE`; a key that the kernel doesn't have is missing */
  readonly settings: string;
}

export interface LookOptions {
  /** whether the look is at the tables of nftables, too */
  readonly withTables: boolean;
  /** the settings of the kernel that it shows */
  readonly keys: readonly string[];
}

/**
 * Watches the network in the namespace amphora-haproxy with one program, which stays there because each start of a program costs
 * milliseconds. The program costs nothing while nothing changes.
 */
export interface NetworkWatch {
  /** @param listener is called after a link changed, and after an address, a route, a rule or a part of nftables was deleted */
  onDamage(listener: () => void): void;
  /**
   * Begins to report damages. Begins again if the program ended, or if another namespace has taken the place of the one that it
   * watches.
   * @returns the reason why damages were not reported since the last call; undefined if there is none
   */
  renew(): string | undefined;
  /**
   * Looks at the whole namespace. Looks and probes run one after another. Without reports, the program runs for this look alone.
   * @throws CommandFailed
   */
  look(options: LookOptions): Promise<NetworkSight>;
  /**
   * Asks the network for other machines that have addresses of this one. Damages are reported meanwhile.
   * @returns the answer of the program, see otherOwnersIn()
   * @throws CommandFailed
   */
  probe(probe: OwnerProbe): Promise<string>;
  /** Ends the reports until the next `renew`, once the looks and probes that are under way have ended. */
  end(): void;
}

export interface WatchTimes {
  /** the longest that the program may take to answer, in milliseconds */
  readonly answerMs: number;
  /** after so many milliseconds a look sees all again, in case a report of the kernel got lost */
  readonly wholeMs: number;
}

export const WATCH_TIMES: WatchTimes = { answerMs: 10_000, wholeMs: 600_000 };

interface Watcher {
  readonly program: NetworkProgram;
  /** as namespaceNow() */
  readonly namespace: string;
  /** the parts of earlier looks that have not changed since */
  readonly kept: { interfaces: () => readonly NamespaceInterface[]; tables: () => Tables };
  /** time at which a look last saw all, in milliseconds of performance.now() */
  wholeMs: number;
}

/** @param text Perl, see templates/programs/network-watch.pl.njk */
export function createNetworkWatch(text: () => string, times: WatchTimes = WATCH_TIMES): NetworkWatch {
  let report = (): void => undefined;
  let reports = false;
  let questions = 0;
  let last: Promise<unknown> = Promise.resolve();
  const watchers = createWatchers(text, () => report());
  const stopUnused = (): void => {
    if (!reports && questions === 0) watchers.stop();
  };
  const inTurn = async <Answer>(ask: (watcher: Watcher) => Promise<Answer>): Promise<Answer> => {
    questions += 1;
    const answer = last.then(() => ask(watchers.needed()));
    last = answer.catch(() => undefined);
    try {
      return await answer;
    } finally {
      questions -= 1;
      stopUnused();
    }
  };
  return {
    onDamage(listener) {
      report = listener;
    },
    renew() {
      reports = true;
      watchers.current();
      return watchers.takeFailure();
    },
    look: (options) => inTurn((watcher) => lookWith(watcher, options, times)),
    probe: (probe) => inTurn((watcher) => probeWith(watcher, probe, times)),
    end() {
      reports = false;
      stopUnused();
    },
  };
}

async function lookWith(
  watcher: Watcher,
  { withTables, keys }: LookOptions,
  { answerMs, wholeMs }: WatchTimes,
): Promise<NetworkSight> {
  const nowMs = performance.now();
  const isWhole = nowMs - watcher.wholeMs >= wholeMs;
  const parts = await watcher.program.ask(questionLine({ withTables, isWhole, keys }), answerMs);
  if (isWhole) watcher.wholeMs = nowMs;
  keep(watcher, parts);
  const { interfaces, tables } = watcher.kept;
  return { interfaces, tables: withTables ? tables : noTables, settings: parts.get('settings') ?? '' };
}

async function probeWith(watcher: Watcher, probe: OwnerProbe, { answerMs }: WatchTimes): Promise<string> {
  const parts = await watcher.program.ask(probeLine(probe), answerMs);
  return textOf(parts, 'probe', ['address probe']);
}

/** At most one watcher at a time. */
interface Watchers {
  /** Returns the watcher of the namespace; starts one when none runs there. Returns undefined without a namespace. */
  current(): Watcher | undefined;
  /** As current(). @throws CommandFailed without a namespace */
  needed(): Watcher;
  stop(): void;
  /** @returns why the last watcher ended by itself, or does not report; undefined at the next call */
  takeFailure(): string | undefined;
}

function createWatchers(text: () => string, onDamage: () => void): Watchers {
  let watcher: Watcher | undefined;
  let failure: string | undefined;
  const stop = (): void => {
    watcher?.program.end();
    watcher = undefined;
  };
  const begin = (namespace: string): Watcher => {
    const program = startNetworkProgram(text(), {
      onDamage,
      onFault(reason) {
        failure = reason;
      },
      onEnd(reason) {
        if (watcher?.program === program) watcher = undefined;
        failure = reason;
      },
    });
    const kept = { interfaces: unanswered, tables: unanswered };
    return { ...{ program, namespace, kept }, wholeMs: performance.now() };
  };
  const current = (): Watcher | undefined => {
    const namespace = namespaceNow();
    if (watcher?.namespace !== namespace) stop();
    if (namespace !== undefined) watcher ??= begin(namespace);
    return watcher;
  };
  return {
    current,
    needed() {
      const needed = current();
      if (needed === undefined) throw watchFailure({ reason: `no namespace ${AMPHORA_NAMESPACE}` });
      return needed;
    },
    stop,
    takeFailure() {
      const reason = failure;
      failure = undefined;
      return reason;
    },
  };
}

/** Keeps what an answer has instead of what an earlier one had. */
function keep(watcher: Watcher, parts: NetworkParts): void {
  const part = (name: string, argv: Argv): string => textOf(parts, name, argv);
  const read = <Value>(make: () => Value): (() => Value) => {
    try {
      const value = make();
      return () => value;
    } catch (error) {
      // the next look asks for it again
      watcher.wholeMs = Number.NEGATIVE_INFINITY;
      return () => {
        throw error;
      };
    }
  };
  const { kept } = watcher;
  if (hasPart(parts, '4') || hasPart(parts, '6'))
    kept.interfaces = read(() =>
      parseNamespaceState({ 4: part('4', ['ip', '-4']), 6: part('6', ['ip', '-6']) }),
    );
  if (hasPart(parts, 'tables'))
    kept.tables = read(() => readTables(part('tables', ['nft', '-j', 'list', 'ruleset'])));
}

/** Returns the text of a part. @throws CommandFailed when its program failed */
function textOf(parts: NetworkParts, name: string, argv: Argv): string {
  const failed = partFailure(parts, name);
  if (failed !== undefined) throw watchFailure({ argv, ...failed });
  return parts.get(name) ?? '';
}

const noTables = (): undefined => undefined;

const unanswered = (): never => {
  throw watchFailure({ reason: 'no part of an answer' });
};

const watchFailure = ({
  argv = ['network watch'],
  exitCode,
  reason,
  output = '',
}: {
  readonly argv?: readonly string[];
  readonly exitCode?: number | undefined;
  readonly reason: string;
  readonly output?: string;
}): CommandFailed => new CommandFailed({ ...{ argv, exitCode, reason, output }, timedOut: false });

/** Returns a text that another namespace with the same name does not have. Returns undefined when it does not exist. */
function namespaceNow(): string | undefined {
  try {
    const stats = statSync(`/run/netns/${AMPHORA_NAMESPACE}`, { throwIfNoEntry: false });
    return stats && `${stats.dev} ${stats.ino}`;
  } catch {
    return undefined;
  }
}
