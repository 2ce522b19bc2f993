import type { Logger } from 'pino';
import { CommandFailed } from '../../errors.ts';
import type { CommandRunner } from '../command.ts';

/** The variables that systemd sets in the environment of a service (sd_notify(3), sd_watchdog_enabled(3)). */
export interface SystemdEnvironment {
  readonly notifySocket?: string | undefined;
  readonly watchdogUsec?: string | undefined;
  readonly watchdogPid?: string | undefined;
}

/**
 * Reports the state of the agent to systemd. Does nothing without a notification socket. A failure is logged, never
 * thrown.
 */
export interface SystemdNotifier {
  ready(): Promise<void>;
  stopping(): Promise<void>;
  /** @param text one line, shown by `systemctl status` */
  status(text: string): Promise<void>;
  /** Sends a watchdog message at half the interval that systemd requires, as long as `alive` returns true. */
  startWatchdog(alive: () => boolean): void;
}

const TIMEOUT_MS = 5_000;

/**
 * Creates a notifier that runs systemd-notify(1): Node has no Unix datagrams. As root, systemd-notify sends its message
 * with the pid of its parent, the agent. So `NotifyAccess=main` is enough (without root it needs `NotifyAccess=all`).
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
        else logger?.error('a part of the agent hangs: no watchdog message sent to systemd');
      }, intervalMs / 2).unref();
    },
  };
}

/** @returns milliseconds; undefined when systemd watches no process, or another one */
export function watchdogIntervalMs(environment: SystemdEnvironment): number | undefined {
  const microseconds = Number(environment.watchdogUsec ?? '');
  if (!Number.isFinite(microseconds) || microseconds <= 0) return undefined;
  if (environment.watchdogPid && Number(environment.watchdogPid) !== process.pid) return undefined;
  return microseconds / 1000;
}
