import type { ChildProcess } from 'node:child_process';

/**
 * Returns whether a program that was just started has its streams. Without file descriptors Node makes neither a process nor
 * streams, whatever the types say, and emits `error` a moment later: an agent that does not listen for it ends.
 */
export const hasStreams = ({ pid }: ChildProcess): boolean => pid !== undefined;
