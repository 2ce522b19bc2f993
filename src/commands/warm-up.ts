/**
 * `amphora-agent warm-up`: loads all that the daemon needs and ends. A bundle's starter keeps what was compiled for it.
 */
export async function warmUp(): Promise<void> {
  await Promise.all([import('./serve.ts'), import('../heartbeat/worker.ts')]);
}
