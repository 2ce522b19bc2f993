#!/usr/bin/env node
import { isMainThread, workerData } from 'node:worker_threads';
import { searchPath } from './domain/search-path.ts';

async function start(): Promise<void> {
  if (isMainThread) {
    // logrotate sends SIGUSR1 every day. Without a handler, Node would open a debugger on port 9229.
    process.on('SIGUSR1', () => undefined);
    // a shell or a container may start the agent with a PATH without /usr/sbin, or without a PATH
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
