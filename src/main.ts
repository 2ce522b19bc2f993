#!/usr/bin/env node
import { isMainThread, workerData } from 'node:worker_threads';
import { searchPath } from './domain/search-path.ts';

async function start(): Promise<void> {
  if (isMainThread) {
    // logrotate sends SIGUSR1 every day, on which Node would open a debugger on port 9229
    process.on('SIGUSR1', () => undefined);
    // a shell or a container may have started it with a PATH that lacks /usr/sbin, or with none
    process.env['PATH'] = searchPath([], process.env['PATH']);
    const { runCommandLine } = await import('./commands/command-line.ts');
    await runCommandLine(process.argv, {
      environment: process.env,
      entry: new URL(import.meta.url),
      exit: (code) => process.exit(code),
    });
  } else if (workerData?.role === 'heartbeat') {
    const { runHeartbeatWorker } = await import('./heartbeat/worker.ts');
    runHeartbeatWorker(workerData);
  }
}

void start();
