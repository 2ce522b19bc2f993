import { createCommandRunner } from '../../../src/host/command.ts';
import { createSystemdNotifier } from '../../../src/host/services/sd-notify.ts';

/** An agent that only notifies systemd; SIGUSR2 makes a part of it hang. */
let alive = true;
process.on('SIGUSR2', () => {
  alive = false;
});
const notifier = createSystemdNotifier(createCommandRunner(), {
  notifySocket: process.env['NOTIFY_SOCKET'],
  watchdogUsec: process.env['WATCHDOG_USEC'],
  watchdogPid: process.env['WATCHDOG_PID'],
});
await notifier.status('two\nlines');
await notifier.ready();
notifier.startWatchdog(() => alive);
setInterval(() => undefined, 1000);
