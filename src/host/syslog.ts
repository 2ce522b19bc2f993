import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { syslogPriority } from '../domain/syslog.ts';
import { hasStreams } from './child-streams.ts';

/** Sends lines to syslog. Never waits, never fails. A later line reports how many lines were lost. */
export interface SyslogForwarder {
  /** @param line a line of the agent's log, with its line end */
  write(line: string): void;
  /** Resolves when syslog has all lines, at the latest after this time. No line may come later. */
  close(withinMs: number): Promise<void>;
}

export interface SyslogOptions {
  /** the Unix datagram socket that syslog reads; it may be absent for a time */
  readonly socket: string;
  /** the value of the option syslog_log_facility */
  readonly facility: string;
}

/** The syslog socket of an amphora. */
export const OCTAVIA_LOG_SOCKET = '/run/rsyslog/octavia/log';
/** The log socket of each machine, which exists only late in a boot. journald or rsyslog reads it. */
export const MACHINE_LOG_SOCKET = '/dev/log';

/** The longest line that rsyslog accepts by default: bytes. */
const LINE_LIMIT = 8192;
const WAITING_LIMIT = 256 * 1024;
const RESTART_PAUSE_MS = 5000;

/**
 * Creates a forwarder that writes to the pipe of a logger(1) process: Node has no Unix datagrams. logger is essential in
 * Debian. It reopens the socket after an absence of syslog. While syslog hangs, logger waits, and lines beyond a limit are
 * lost.
 */
export function createSyslogForwarder({ socket, facility }: SyslogOptions): SyslogForwarder {
  let child: ChildProcess | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let lost = 0;
  const running = (): ChildProcess | undefined => {
    if (child !== undefined || performance.now() - startedAt < RESTART_PAUSE_MS) return child;
    startedAt = performance.now();
    const started = startLogger(socket);
    started.once('close', () => {
      if (child === started) child = undefined;
    });
    child = started;
    return started;
  };
  const send = (line: string): boolean => {
    const input = running()?.stdin;
    if (!input?.writable || input.writableLength > WAITING_LIMIT) return false;
    input.write(`<${syslogPriority(facility, line)}>${line}`);
    return true;
  };
  return {
    write(line) {
      if (lost > 0 && send(lossNotice(lost))) lost = 0;
      if (!send(line)) lost += 1;
    },
    async close(withinMs) {
      const ending = child;
      if (ending === undefined) return;
      const stop = new AbortController();
      ending.once('close', () => stop.abort());
      ending.stdin?.end();
      await delay(withinMs, undefined, { signal: stop.signal }).catch(() => undefined);
    },
  };
}

function startLogger(socket: string): ChildProcess {
  // Without --id: to send the number of another process takes a right that the agent's unit does not have.
  const options = ['--prio-prefix', '--skip-empty', '--tag', 'amphora-agent'];
  const child = spawn(
    'logger',
    ['--socket', socket, '--socket-errors=off', '--size', `${LINE_LIMIT}`, ...options],
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  child.on('error', () => undefined);
  if (hasStreams(child)) child.stdin.on('error', () => undefined);
  child.unref();
  return child;
}

const WARNING = 40;

const lossNotice = (lines: number): string =>
  `${JSON.stringify({ level: WARNING, time: Date.now(), lines, msg: 'lines of this log did not reach syslog' })}\n`;
