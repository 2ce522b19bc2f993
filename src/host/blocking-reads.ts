import type { Host } from './host.ts';
import { createProcesses } from './processes/processes.ts';
import { createUnpooledFiles } from './unpooled-files.ts';

/**
 * Returns the host with reads that happen on the calling thread, for work in the background that reads many small files. Each
 * asynchronous read wakes a thread of Node's pool and then this thread. The kernel has these files in memory, so a read ends
 * before a wake-up would. Writes and programs are asynchronous as before.
 */
export function withBlockingReads(host: Host): Host {
  const files = createUnpooledFiles();
  return { ...host, files, processes: createProcesses(files) };
}
