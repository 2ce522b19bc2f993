const MASKS = /^Sig(?:Blk|Ign|Cgt):\s*([0-9a-f]+)$/gm;

/**
 * Returns whether a process handles a signal, so that the signal doesn't end it: it catches, blocks or ignores the signal.
 * @param status text of /proc/PID/status (proc_pid_status(5)) @param signal number from 1
 */
export const handlesSignal = (status: string, signal: number): boolean =>
  [...status.matchAll(MASKS)].some(([, mask]) => ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n);
