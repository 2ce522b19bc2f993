import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';

/**
 * A named pipe that a service has as its standard input, and so has each of its processes. The kernel reports to its reader
 * when the last of them has ended. So an agent notices the end of a service that an earlier agent started.
 */
export interface ServicePipe {
  /** Opens the pipe for a service that starts. Makes it first. @returns undefined if it can't be made */
  openForService(): Promise<FileHandle | undefined>;
  /**
   * Calls `onEnd` once when no process has the pipe any more.
   * @returns a function that ends the watch; undefined if this process doesn't have the pipe
   */
  watch(pid: number, onEnd: () => void): (() => void) | undefined;
}

const TIMEOUT_MS = 5_000;
const { O_NONBLOCK, O_RDWR } = constants;

export function createServicePipe(
  { files, commands }: { readonly files: Pick<Files, 'exists'>; readonly commands: CommandRunner },
  file: string,
): ServicePipe {
  return {
    async openForService() {
      try {
        if (!(await files.exists(file)))
          await commands.run(['mkfifo', '--mode=600', file], { timeoutMs: TIMEOUT_MS });
        // haproxy 2.6 writes a byte to its standard input in each reload. Without a reader it must neither wait nor fail.
        return await open(file, O_RDWR | O_NONBLOCK);
      } catch {
        // the service matters more than a quick notice of its end
        return undefined;
      }
    },
    watch(pid, onEnd) {
      const descriptor = openInputOf(pid);
      if (descriptor === undefined) return undefined;
      const reader = new Socket({ fd: descriptor, readable: true, writable: false });
      reader.unref().resume();
      reader.on('error', () => reader.destroy());
      reader.once('end', onEnd);
      return () => {
        reader.off('end', onEnd);
        reader.destroy();
      };
    },
  };
}

/**
 * Opens the pipe by the process that has it, so that the agent keeps no file system busy which the service doesn't.
 * @returns undefined if the standard input of the process is no pipe
 */
function openInputOf(pid: number): number | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(`/proc/${pid}/fd/0`, O_NONBLOCK);
    if (fstatSync(descriptor).isFIFO()) return descriptor;
  } catch {
    // the process has ended, or may not be looked at
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}
