import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { Controller, ControllerAnswer } from '../../../sandbox/controller/controller.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import type { AmphoraLab, LabAmphora } from './amphora-lab.ts';
import { temporaryFile } from './api.ts';

/** PUTs an unchanged text. */
export async function putText(
  world: AmphoraLab,
  controller: Controller,
  target: string,
  text: string,
): Promise<ControllerAnswer> {
  return controller.request({ method: 'PUT', path: target, file: await temporaryFile(world, text) });
}

export interface CutOff {
  readonly path: string;
  readonly body: string;
  /** how much of the body is sent, in characters (ASCII) */
  readonly sent: number;
  readonly kind: 'length' | 'chunked';
}

/** PUTs a part of a body and disconnects. Resolves when the agent has logged the end of the request. */
export async function cutOff(world: AmphoraLab, amphora: LabAmphora, upload: CutOff): Promise<void> {
  const noticed = (): number => amphora.agentLog().split('request cut off').length;
  const before = noticed();
  await sendPart(world, amphora, upload);
  await until(() => noticed() > before, NOTICE_MS, 'the agent to see the end of a cut-off request');
}

/** PUTs a part of a body and disconnects at once. */
export async function sendPart(world: AmphoraLab, amphora: LabAmphora, upload: CutOff): Promise<void> {
  const client = await readFile(world.pki.client);
  const ca = await readFile(world.pki.serverAuthority.certificate);
  const part = upload.body.slice(0, upload.sent);
  const isChunked = upload.kind === 'chunked';
  const header = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${upload.body.length}`;
  // an empty chunk would be the end of the body
  const sent = isChunked && part !== '' ? `${part.length.toString(16)}\r\n${part}\r\n` : part;
  await new Promise<void>((resolve, reject) => {
    const { address: host, port, id: servername } = amphora;
    const socket = connect({ host, port, servername, ca, cert: client, key: client }, () => {
      socket.write(`PUT ${upload.path} HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n${sent}`, () => {
        socket.destroy();
        resolve();
      });
    });
    socket.once('error', reject);
  });
}

const NOTICE_MS = 60_000;
