import type { Logger } from 'pino';
import { CommandFailed } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';

/** What systemd puts into the environment of a service (sd_notify(3), sd_watchdog_enabled(3)). */
export interface SystemdEnvironment {
  readonly notifySocket?: string | undefined;
  readonly watchdogUsec?: string | undefined;
  readonly watchdogPid?: string | undefined;
}

/** Tells systemd how the agent is. Does nothing where systemd didn't ask. Never throws: a lost message is logged. */
export interface SystemdNotifier {
  ready(): Promise<void>;
  stopping(): Promise<void>;
  /** @param text one line, shown by `systemctl status` */
  status(text: string): Promise<void>;
  /** Says at half the interval that systemd asked for that the agent lives, while `alive` says so too. */
  startWatchdog(alive: () => boolean): void;
}

const TIMEOUT_MS = 5_000;

/**
 * Messages go through systemd-notify(1), since Node has no datagram sockets in the Unix domain. Run by root, it sends them
 * in the name of its parent, the agent: `NotifyAccess=main` is enough (without root it takes `NotifyAccess=all`).
 */
export function createSystemdNotifier(
  commands: CommandRunner,
  environment: SystemdEnvironment,
  logger?: Logger,
): SystemdNotifier {
  const { notifySocket } = environment;
  const send = async (message: string): Promise<void> => {
    if (!notifySocket) return;
    try {
      await commands.run(['systemd-notify', message], {
        timeoutMs: TIMEOUT_MS,
        env: { NOTIFY_SOCKET: notifySocket },
      });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      logger?.warn({ err: error }, 'systemd was not notified');
    }
  };
  return {
    ready: () => send('READY=1'),
    stopping: () => send('STOPPING=1'),
    status: (text) => send(`STATUS=${text.replaceAll(/\s+/g, ' ')}`),
    startWatchdog(alive) {
      const intervalMs = watchdogIntervalMs(environment);
      if (intervalMs === undefined || !notifySocket) return;
      setInterval(() => {
        if (alive()) void send('WATCHDOG=1');
        else logger?.error('a part of the agent stands still: systemd is not told that it lives');
      }, intervalMs / 2).unref();
    },
  };
}

/** @returns milliseconds; undefined where systemd watches nothing, or another process */
export function watchdogIntervalMs(environment: SystemdEnvironment): number | undefined {
  const microseconds = Number(environment.watchdogUsec ?? '');
  if (!Number.isFinite(microseconds) || microseconds <= 0) return undefined;
  if (environment.watchdogPid && Number(environment.watchdogPid) !== process.pid) return undefined;
  return microseconds / 1000;
}
