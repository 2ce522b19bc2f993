/**
 * Runs the command `warm-up`: loads all modules of the daemon and returns. The starter of a bundle stores the compiled code.
 */
export async function warmUp(): Promise<void> {
  await Promise.all([import('./serve.ts'), import('../heartbeat/worker.ts')]);
}
