import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline, Readable, Transform } from 'node:stream';
import {
  type CapturePlace,
  type CaptureSettings,
  captureArguments,
  droppedPackets,
} from '../../domain/capture/capture-settings.ts';
import { createPacketCutter, type PacketCutter } from '../../domain/capture/packet-cutter.ts';
import { AMPHORA_NAMESPACE } from '../../domain/paths.ts';
import { CommandFailed, reasonOf } from '../../errors.ts';
import { hasStreams } from '../child-streams.ts';
import type { Argv } from '../command.ts';

export interface RunningCapture {
  /** A pcap file, at any time with whole packets. Fails when tcpdump ends by itself. tcpdump ends when it is destroyed. */
  readonly packets: Readable;
  /** Resolves once tcpdump has ended. */
  readonly ended: Promise<CaptureEnd>;
  /** Ends it because the agent ends. */
  readonly end: () => void;
}

/** The result of a capture. */
export interface CaptureEnd {
  readonly packets: number;
  readonly bytes: number;
  /** packets that the kernel dropped because the client or the machine was too slow; undefined if tcpdump doesn't say it */
  readonly dropped: number | undefined;
  readonly reason: 'time' | 'size' | 'reader gone' | 'agent ends' | 'tcpdump ended';
}

/** The time until tcpdump must have begun. */
const BEGIN_MS = 10_000;
/** `timeout` ends tcpdump so long after the end of the capture, in case the agent was killed. */
const SPARE_SECONDS = 15;
const KILL_AFTER_SECONDS = 2;
/** The most that is kept of what tcpdump prints, in characters: its last lines. */
const KEPT_OUTPUT = 4096;

/** Runs tcpdump. Resolves once it captures. @throws CommandFailed with the output of tcpdump */
export async function beginCapture(settings: CaptureSettings, place: CapturePlace): Promise<RunningCapture> {
  const argv = captureCommand(settings, place);
  const tcpdump = startProgram(argv);
  const cutter = createPacketCutter({ bytes: settings.bytes, keepsPayload: settings.payload });
  let reason: CaptureEnd['reason'] = 'tcpdump ended';
  const stop = (why: CaptureEnd['reason']): void => {
    if (reason === 'tcpdump ended') reason = why;
    tcpdump.end();
  };
  const begun = Promise.withResolvers<'begun'>();
  const packets = cutPackets(cutter, {
    onInput: () => begun.resolve('begun'),
    onFull: () => stop('size'),
    failure: async () => {
      const { printed } = await tcpdump.ended;
      return reason === 'tcpdump ended' ? new Error(`tcpdump ended: ${printed}`) : undefined;
    },
  });
  pipeline(tcpdump.output, packets, (error) => error && stop('reader gone'));
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    tcpdump.end();
  }, BEGIN_MS);
  const early = await Promise.race([begun.promise, tcpdump.ended]);
  clearTimeout(late);
  if (early !== 'begun') throw notBegun(argv, early, isLate);
  const time = setTimeout(() => stop('time'), settings.seconds * 1000);
  const ended = tcpdump.ended.then(({ printed }) => {
    clearTimeout(time);
    return { ...cutter.size(), dropped: droppedPackets(printed), reason };
  });
  return { packets, ended, end: () => stop('agent ends') };
}

/** `timeout` also kills a tcpdump that doesn't end when it should. */
function captureCommand(settings: CaptureSettings, place: CapturePlace): Argv {
  const limit = `${settings.seconds + SPARE_SECONDS}`;
  const enter = place === 'inside' ? ['ip', 'netns', 'exec', AMPHORA_NAMESPACE] : [];
  const tcpdump = ['tcpdump', ...captureArguments(settings)];
  return ['timeout', `--kill-after=${KILL_AFTER_SECONDS}`, limit, ...enter, ...tcpdump];
}

interface ProgramEnd {
  /** undefined if a signal ended it, or if it did not start */
  readonly exitCode: number | undefined;
  /** why it could not be started; undefined if it was */
  readonly startFault?: string;
  /** what it printed on standard error, the last lines */
  readonly printed: string;
}

interface RunningProgram {
  readonly output: Readable;
  readonly ended: Promise<ProgramEnd>;
  readonly end: () => void;
}

function startProgram([program, ...args]: Argv): RunningProgram {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  if (hasStreams(child)) {
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      printed = (printed + part).slice(-KEPT_OUTPUT);
    });
  }
  const ended = once(child, 'close').then(
    ([code]) => ({ exitCode: typeof code === 'number' ? code : undefined, printed: printed.trim() }),
    (error: unknown) => ({ exitCode: undefined, startFault: reasonOf(error), printed: '' }),
  );
  const end = (): void => void child.kill('SIGTERM');
  // a capture must not outlive an agent that ends
  process.once('exit', end);
  void ended.then(() => process.off('exit', end));
  return { output: hasStreams(child) ? child.stdout : Readable.from([]), ended, end };
}

interface CutEvents {
  readonly onInput: () => void;
  readonly onFull: () => void;
  /** returns why the input is incomplete; undefined if it isn't */
  readonly failure: () => Promise<Error | undefined>;
}

function cutPackets(cutter: PacketCutter, { onInput, onFull, failure }: CutEvents): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onInput();
      try {
        this.push(cutter.take(chunk));
      } catch (error) {
        return done(error instanceof Error ? error : new Error(reasonOf(error)));
      }
      if (cutter.isFull()) onFull();
      done();
    },
    flush(done) {
      void failure().then((error) => done(error ?? null));
    },
  });
}

const notBegun = (argv: Argv, end: ProgramEnd, isLate: boolean): CommandFailed =>
  new CommandFailed({
    ...{ argv, exitCode: end.exitCode, output: end.printed },
    timedOut: isLate,
    reason: reasonNotBegun(end, isLate),
  });

function reasonNotBegun({ exitCode, startFault }: ProgramEnd, isLate: boolean): string {
  if (startFault !== undefined) return `could not be started: ${startFault}`;
  if (isLate) return `did not begin within ${BEGIN_MS} ms`;
  return exitCode === undefined ? 'was ended by a signal' : `exit code ${exitCode}`;
}
