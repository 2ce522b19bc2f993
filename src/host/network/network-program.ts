import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { messagesIn, type NetworkMessage, type NetworkParts } from '../../domain/drift/network-answer.ts';
import { NAMESPACE_QUESTIONS } from '../../domain/network/ip-json.ts';
import { CommandFailed, reasonOf } from '../../errors.ts';
import { hasStreams } from '../child-streams.ts';
import { ENTER_NAMESPACE } from './enter-namespace.ts';

/** The program that watches the namespace amphora-haproxy, as it runs. */
export interface NetworkProgram {
  /**
   * Asks one question. The one before it must have been answered. A program that doesn't answer in time is ended.
   * @param question its line
   * @throws CommandFailed when it gives no answer
   */
  ask(question: string, timeoutMs: number): Promise<NetworkParts>;
  /** Ends it. It calls no listener any more. */
  end(): void;
}

export interface NetworkProgramListeners {
  /** is called when something in the namespace may have been damaged */
  onDamage(): void;
  /** is called when the kernel does not report changes of a kind */
  onFault(reason: string): void;
  /** is called when it ended by itself, or was ended because it did not answer */
  onEnd(reason: string): void;
}

/** The name in messages, in the place of a long text. */
const NAME = 'network watch';
/** The kernel ends the program when the agent ends, also when the agent is killed (PR_SET_PDEATHSIG of prctl(2)). */
const WITH_THE_AGENT = ['--pdeathsig', 'KILL', ...ENTER_NAMESPACE] as const;
const PERL = ['env', 'LC_ALL=C', 'perl', '-e'] as const;
const QUERIES = NAMESPACE_QUESTIONS.map((query) => `${query}\n`).join('');
/** The most that is kept of its output on standard error, in characters. */
const KEPT_OUTPUT = 1024;
/** The longest answer, in characters. */
const LONGEST_ANSWER = 8 * 1024 * 1024;

interface Asked {
  readonly resolve: (parts: NetworkParts) => void;
  readonly reject: (error: CommandFailed) => void;
}

type Failure = Partial<Pick<CommandFailed, 'exitCode' | 'timedOut' | 'signal'>>;

/**
 * Starts the program in the namespace. It does not keep the agent from ending.
 * @param text Perl, see templates/programs/network-watch.pl.njk
 */
export function startNetworkProgram(text: string, listeners: NetworkProgramListeners): NetworkProgram {
  const child = startPerl(text);
  let asked: Asked | undefined;
  let hasEnded = false;
  let printed = '';

  const end = (reason: string, failure: Failure = {}): void => {
    hasEnded = true;
    killGroup(child);
    const program = { argv: [NAME], exitCode: undefined, timedOut: false, output: printed.trim() };
    asked?.reject(new CommandFailed({ ...program, ...failure, reason }));
    asked = undefined;
  };
  const onEnd = (reason: string, failure?: Failure): void => {
    if (hasEnded) return;
    end(reason, failure);
    listeners.onEnd(`${NAME}: ${printed.trim() || reason}`);
  };
  const take = (message: NetworkMessage): void => {
    if (hasEnded) return;
    if (message.kind === 'damage') listeners.onDamage();
    else if (message.kind === 'fault') listeners.onFault(message.reason);
    else {
      asked?.resolve(message.parts);
      asked = undefined;
    }
  };
  child.once('error', (error) => onEnd(reasonOf(error)));
  child.once('close', (code, signal) => {
    const reason = signal === null ? `exit code ${code}` : `ended by ${signal}`;
    onEnd(reason, { exitCode: code ?? undefined, signal: signal ?? undefined });
  });
  if (hasStreams(child)) {
    readMessages(child.stdout, take, () => onEnd(`an answer of more than ${LONGEST_ANSWER} characters`));
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      printed = `${printed}${part}`.slice(-KEPT_OUTPUT);
    });
    // a program that has ended reads no question, and `close` reports its end
    child.stdin.on('error', () => undefined);
  }
  return {
    async ask(question, timeoutMs) {
      const { promise, ...settle } = Promise.withResolvers<NetworkParts>();
      asked = settle;
      const giveUp = (): void => onEnd(`no answer within ${timeoutMs} ms`, { timedOut: true });
      const late = setTimeout(giveUp, timeoutMs);
      if (hasStreams(child)) child.stdin.write(question);
      try {
        return await promise;
      } finally {
        clearTimeout(late);
      }
    },
    end: () => end('the agent ended it'),
  };
}

/** @param onTooLong is called when the beginning of a message is too long */
function readMessages(
  stdout: Readable,
  onMessage: (message: NetworkMessage) => void,
  onTooLong: () => void,
): void {
  let unread = '';
  stdout.setEncoding('utf8').on('data', (part: string) => {
    const { messages, rest } = messagesIn(`${unread}${part}`);
    unread = rest;
    for (const message of messages) onMessage(message);
    if (unread.length > LONGEST_ANSWER) onTooLong();
  });
}

function startPerl(text: string): ChildProcessByStdio<Writable, Readable, Readable> {
  const child = spawn('setpriv', [...WITH_THE_AGENT, ...PERL, text, QUERIES], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // in a process group of its own, so that what it runs is ended with it
    detached: true,
  });
  child.unref();
  return child;
}

/** Kills the program and all that it runs. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
