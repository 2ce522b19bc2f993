import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import type { AmphoraLab, LabAmphora } from './amphora-lab.ts';

/** An answer whose body the test reads or ends. */
export interface Download {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** port of the client's end of the connection */
  readonly localPort: number | undefined;
  body(): Promise<Buffer>;
  /** Closes the connection before the end of the body. */
  leave(): void;
}

/** Sends a request with the certificate of the controller over a connection of its own, and waits for the headers. */
export async function download(
  { pki }: Pick<AmphoraLab, 'pki'>,
  { address, port, id }: Pick<LabAmphora, 'address' | 'port' | 'id'>,
  path: string,
  method: 'GET' | 'HEAD' = 'GET',
): Promise<Download> {
  const [ca, client] = await Promise.all([readFile(pki.serverAuthority.certificate), readFile(pki.client)]);
  const agent = new Agent({ ca, cert: client, key: client });
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: address, port, servername: id, path, method }, (response) => {
      // without this handler, leave() would end the test
      response.on('error', () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        localPort: response.socket.localPort,
        body: () => buffer(response),
        leave: () => void sent.destroy(),
      });
    });
    sent.once('error', reject);
    sent.end();
  });
}

/** Unpacks an archive (tar.gz). @returns the text of each file by its path */
export async function unpacked(archive: Buffer): Promise<Map<string, string>> {
  const entries = await unpackTar(gunzipSync(archive));
  return new Map(entries.map(({ header, data }) => [header.name, Buffer.from(data ?? []).toString()]));
}
