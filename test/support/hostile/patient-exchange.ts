import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import type { AmphoraLab, LabAmphora } from '../amphora/amphora-lab.ts';

/** A body and the request that it is sent with. */
export interface LargeRequest {
  readonly target: string;
  readonly body: Buffer;
  /** default: none, as controllers send texts */
  readonly contentType?: string;
}

/** A client without a time limit for its answers. */
export interface PatientClient {
  /** PUTs a body on a connection of its own. @returns the status of the answer, or undefined without an answer */
  put(request: LargeRequest): Promise<number | undefined>;
  /** Opens a connection, sends these bytes and reads nothing. */
  deaf(words: string): Promise<TLSSocket>;
}

export async function createPatientClient(world: AmphoraLab, amphora: LabAmphora): Promise<PatientClient> {
  const client = await readFile(world.pki.client);
  const ca = await readFile(world.pki.serverAuthority.certificate);
  const { address: host, port, id: servername } = amphora;
  const open = async (): Promise<TLSSocket> => {
    const socket = connect({ host, port, servername, ca, cert: client, key: client });
    await once(socket, 'secureConnect');
    // an agent that refuses a body before its end closes the connection
    return socket.on('error', () => undefined);
  };
  return {
    async put({ target, body, contentType }) {
      const socket = await open();
      const type = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n`;
      const length = `Content-Length: ${body.length}\r\n`;
      socket.write(`PUT ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${type}${length}\r\n`);
      socket.write(body);
      let beginning = '';
      socket.on('data', (part: Buffer) => {
        if (beginning.length < 100) beginning += part.toString('latin1', 0, 100);
      });
      if (!socket.closed) await once(socket, 'close');
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(beginning) ?? [];
      return status === undefined ? undefined : Number(status);
    },
    async deaf(words) {
      const socket = await open();
      socket.pause();
      socket.write(words);
      return socket;
    },
  };
}
