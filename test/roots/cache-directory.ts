import path from 'node:path';

/**
 * Where Debian trees and unpacked packages are kept from one run to the next: AMPHORA_AGENT_CACHE, else a directory of
 * /var/cache. It is outside of the repository and may be removed at any time.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return path.resolve(environment['AMPHORA_AGENT_CACHE'] ?? '/var/cache/amphora-agent-tests');
}
