import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import type { AmphoraLab, LabAmphora } from '../amphora/amphora-lab.ts';

/** The answers to bytes that were sent unchanged. */
export interface RawAnswer {
  /** status of every answer on the connection, in their order; empty if the agent only closed it */
  readonly statuses: readonly number[];
  readonly text: string;
  /** false if the agent kept the connection open after its client had sent everything */
  readonly closed: boolean;
}

/** Sends bytes on a TLS connection of its own. @param cutOff disconnects at once instead of waiting for an answer */
export type SendRaw = (bytes: Buffer, cutOff?: boolean) => Promise<RawAnswer>;

/** Without an answer after this time, the agent waits for more of the request. */
const PATIENCE_MS = 400;
/** Longer than a batch of reloads of a silent keepalived (10 s each), which run one after the other. */
const CLOSE_MS = 120_000;
const BUSY_MS = 60_000;
const STATUS = /(?:^|[\]}\n])HTTP\/1\.1 (\d{3}) /g;

/** Opens connections with the certificate of a controller. */
export async function createRawSender(world: AmphoraLab, amphora: LabAmphora): Promise<SendRaw> {
  const client = await readFile(world.pki.client);
  const ca = await readFile(world.pki.serverAuthority.certificate);
  let session: Buffer | undefined;
  const { address: host, port, id: servername } = amphora;
  return async (bytes, cutOff = false) => {
    const socket = connect({ host, port, servername, ca, cert: client, key: client, session });
    socket.on('session', (newest) => {
      session = newest;
    });
    return cutOff ? abandon(socket, bytes) : converse(socket, bytes);
  };
}

function abandon(socket: TLSSocket, bytes: Buffer): Promise<RawAnswer> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('secureConnect', () => socket.write(bytes, () => socket.destroy()));
    socket.once('close', () => resolve({ statuses: [], text: '', closed: true }));
  });
}

function converse(socket: TLSSocket, bytes: Buffer): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ statuses: [...text.matchAll(STATUS)].map(([, status]) => Number(status)), text, closed });
    };
    const lastWord = (): void => {
      socket.end();
      timer = setTimeout(() => settle(false), CLOSE_MS);
    };
    let timer = setTimeout(() => settle(false), BUSY_MS);
    socket.once('secureConnect', () => {
      socket.write(bytes);
      clearTimeout(timer);
      timer = setTimeout(lastWord, PATIENCE_MS);
    });
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (!isWhole(text)) return;
      clearTimeout(timer);
      lastWord();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => settle(true));
  });
}

/** Returns whether the first answer is complete. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(text.slice(0, end))?.[1];
  return end >= 0 && text.length >= end + 4 + Number(length ?? 0);
}
