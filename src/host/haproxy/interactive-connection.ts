import { connect } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { occurrences } from '../../domain/text/occurrences.ts';
import { silence } from './haproxy-socket.ts';

/** A connection to a stats socket in haproxy's interactive mode (management guide, section 9.3, `prompt`). */
export interface InteractiveConnection {
  /**
   * Sends a command, and returns the answer to the first command of the connection and the one to this command, each with an
   * empty line at its end.
   * @param deadlineMs until the last byte; without effect if the last answer came at once: then giveUp() ends the question
   * @returns undefined if the connection was closed without an answer
   * @throws SocketSilent when nothing listens, or when the answer is late
   */
  ask(command: string, deadlineMs: number): Promise<string | undefined>;
  /** Returns whether no question is under way. */
  isIdle(): boolean;
  /** Makes a question fail that has no deadline of its own. */
  giveUp(): void;
  /** Closes the connection. A question that is under way fails. */
  close(): void;
}

export interface InteractiveOptions {
  readonly socketPath: string;
  /** a command that is sent once */
  readonly first: string;
  /** how long haproxy keeps the connection open without a question, in ms */
  readonly idleMs: number;
  /** used during one read only, so connections can share it */
  readonly buffer: Buffer;
  onClose(): void;
  /** Called when haproxy has answered, but has not shown a prompt until the deadline. */
  onMissingPrompt(): void;
}

/** What haproxy prints after the answer to each line. Before 3.2 it also prints it after each command of a line. */
const PROMPT = '\n> ';

/** haproxy answers within a millisecond; after a slower answer, a question has a deadline again. */
const FAST_MS = 250;

interface Question {
  readonly command: string;
  /** number of commands whose answer has not ended */
  missing: number;
  /** what was read; joined only at the end, because haproxy writes a long answer in many parts */
  readonly parts: string[];
  /** the last characters of what was read, since a prompt may be divided between two reads */
  tail: string;
  readonly deadline: NodeJS.Timeout | undefined;
  readonly askedAt: number;
  readonly resolve: (answer: string | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Connects at once. The first question must follow at once too, because its first line switches to interactive mode. */
export function openInteractive(options: InteractiveOptions): InteractiveConnection {
  const { socketPath, buffer } = options;
  const opening = ['prompt', `set timeout cli ${Math.ceil(options.idleMs / 1000)}s`, options.first];
  const decoder = new StringDecoder('utf8');
  const current = createCurrentQuestion(options);
  /** the answer to the first command, with its empty line */
  let firstAnswer: string | undefined;

  const read = (bytes: number): boolean => {
    const answers = current.add(decoder.write(buffer.subarray(0, bytes)));
    if (answers === undefined) return true;
    firstAnswer ??= `${answers[opening.length - 1]}\n`;
    current.end()?.resolve(`${firstAnswer}${answers[answers.length - 2]}\n`);
    return true;
  };
  const fail = (reason: string, cause?: unknown): void => {
    socket.destroy();
    const failed = current.end();
    failed?.reject(silence(socketPath, failed.command, reason, cause));
  };
  const socket = connect({ path: socketPath, onread: { buffer, callback: read } });
  // a connection that was kept may have been closed by haproxy just before the question
  socket.on('error', (error) => (firstAnswer === undefined ? fail(error.message, error) : socket.destroy()));
  socket.on('close', () => {
    options.onClose();
    const left = current.end();
    const text = left?.parts.join('').replaceAll(PROMPT, '\n').trimStart();
    left?.resolve(text ? `${firstAnswer ?? ''}${text}` : undefined);
  });
  return {
    ask(command, deadlineMs) {
      const lines = firstAnswer === undefined ? [...opening, command] : [command];
      const answer = current.begin(command, lines.length, deadlineMs, fail);
      socket.write(`${lines.join('\n')}\n`, 'latin1');
      return answer;
    },
    isIdle: () => !socket.destroyed && current.isNone(),
    giveUp() {
      if (current.hasNoDeadline()) fail('no answer until the next question');
    },
    close: () => fail('the connection was closed'),
  };
}

/** The question that is under way on a connection. */
interface CurrentQuestion {
  begin(
    command: string,
    answers: number,
    deadlineMs: number,
    fail: (reason: string) => void,
  ): Promise<string | undefined>;
  /** Adds what was read. @returns all answers and an empty text, when they have ended */
  add(part: string): readonly string[] | undefined;
  /** Makes it a question of the past, without a result. */
  end(): Question | undefined;
  isNone(): boolean;
  hasNoDeadline(): boolean;
}

function createCurrentQuestion({ onMissingPrompt }: InteractiveOptions): CurrentQuestion {
  let question: Question | undefined;
  let isFast = false;
  return {
    begin: (command, missing, deadlineMs, fail) =>
      new Promise((resolve, reject) => {
        const giveUp = (): void => {
          if (question !== undefined && question.parts.length > 0) onMissingPrompt();
          fail(`no answer within ${deadlineMs} ms`);
        };
        // a timer costs as much as the question, and Node wakes at its time although it was cleared
        const deadline = isFast ? undefined : setTimeout(giveUp, deadlineMs);
        question = {
          ...{ command, missing, deadline, resolve, reject },
          askedAt: performance.now(),
          parts: [],
          tail: '',
        };
      }),
    add(part) {
      if (question === undefined || addPart(question, part) > 0) return undefined;
      isFast = performance.now() - question.askedAt < FAST_MS;
      return question.parts.join('').split(PROMPT);
    },
    end() {
      const ended = question;
      question = undefined;
      clearTimeout(ended?.deadline);
      return ended;
    },
    isNone: () => question === undefined,
    hasNoDeadline: () => question !== undefined && question.deadline === undefined,
  };
}

/** Adds what was read. @returns the number of answers that have not ended */
function addPart(question: Question, part: string): number {
  const added = question.tail + part;
  question.missing -= occurrences(added, PROMPT);
  question.tail = added.slice(1 - PROMPT.length);
  question.parts.push(part);
  return question.missing;
}
