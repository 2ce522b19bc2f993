import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { AmphoraLab, LabAmphora } from '../amphora/amphora-lab.ts';

/** Returns functions that send a bundle to an amphora, each over a connection of its own. */
export function bundleSender(world: Pick<AmphoraLab, 'pki'>, amphora: LabAmphora) {
  /** Begins POST /upgrade. */
  const begin = async (query = '', headers: Record<string, string> = {}) => {
    const [ca, client] = await Promise.all([
      readFile(world.pki.serverAuthority.certificate),
      readFile(world.pki.client),
    ]);
    const agent = new Agent({ ca, cert: client, key: client });
    const sent = httpsRequest({
      ...{ agent, host: amphora.address, port: amphora.port, servername: amphora.id },
      ...{ method: 'POST', path: `/upgrade${query}`, headers },
    });
    const answer = once(sent, 'response').then(async ([response]) => {
      const body = JSON.parse(await text(response));
      agent.destroy();
      return { status: response.statusCode, body };
    });
    answer.catch(() => undefined);
    return { sent, answer };
  };
  const post = async (body: Buffer, query = '') => {
    const { sent, answer } = await begin(query);
    sent.end(body);
    return answer;
  };
  return { begin, post };
}
