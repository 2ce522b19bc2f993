import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import type { Pki } from '../../../sandbox/controller/pki.ts';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';

/** Asks one agent with GET over mutual TLS. No session is resumed: Octavia's driver doesn't either. */
export interface TimedRequests {
  /** Each request on a connection of its own. @returns ms @throws Error where there is no answer with status 200 */
  onNewConnection(path: string): Promise<number>;
  /** As many connections as are made, kept as long as the agent keeps them. */
  keptConnection(): { get(path: string): Promise<number>; close(): void };
}

const ANSWER_MS = 60_000;

export async function timedRequests(amphora: LabAmphora, pki: Pki): Promise<TimedRequests> {
  const [ca, client] = await Promise.all([readFile(pki.serverAuthority.certificate), readFile(pki.client)]);
  const { address: host, port, id: servername } = amphora;
  const options = { ca, cert: client, key: client, maxCachedSessions: 0 };
  const get = (agent: Agent, path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const sent = request({ agent, host, port, servername, path, timeout: ANSWER_MS }, (response) => {
        response.resume();
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - began);
          else reject(new Error(`GET ${path}: ${response.statusCode}`));
        });
      });
      sent.once('timeout', () => sent.destroy(new Error(`GET ${path}: no answer`)));
      sent.once('error', reject);
      sent.end();
    });
  return {
    async onNewConnection(path) {
      const agent = new Agent({ ...options, keepAlive: false });
      return get(agent, path);
    },
    keptConnection() {
      const agent = new Agent({ ...options, keepAlive: true, maxSockets: 1 });
      return { get: (path) => get(agent, path), close: () => agent.destroy() };
    },
  };
}
