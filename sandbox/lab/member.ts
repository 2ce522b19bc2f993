import { createServer } from 'node:http';
import type { Writable } from 'node:stream';

const PORT = 80;

/**
 * Runs a member of a pool until the process is ended. It answers every request with its name and the requested path, and
 * prints `ready` when it listens.
 */
export function runMember(
  options: { readonly name: string },
  io: { readonly stdout: Writable },
): Promise<void> {
  const server = createServer((request, response) => {
    response.setHeader('x-member', options.name);
    response.end(`${options.name} answers ${request.url}\n`);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('close', resolve);
    server.listen(PORT, () => io.stdout.write('ready\n'));
  });
}
