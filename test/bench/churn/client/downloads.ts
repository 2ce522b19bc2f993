import { get } from 'node:http';
import type { ClientPart } from './part.ts';

export const DOWNLOAD_PATH = '/download';
/** 30 seconds with ten pieces a second */
export const DOWNLOAD_PIECES = 300;
export const DOWNLOAD_BYTES = DOWNLOAD_PIECES * 1024;

/** Downloads one file after the other, each on a connection of its own. */
export function startDownloads(host: string): ClientPart {
  const counts = { downloads: 0, downloadsCut: 0 };
  let isOver = false;
  const download = (): Promise<void> =>
    new Promise((resolve) => {
      let bytes = 0;
      let hasAnswer = false;
      const end = (): void => {
        if (bytes === DOWNLOAD_BYTES) counts.downloads += 1;
        else counts.downloadsCut += 1;
        resolve();
      };
      const sent = get({ host, path: DOWNLOAD_PATH, agent: false }, (response) => {
        hasAnswer = true;
        response.on('error', () => response.destroy());
        response.on('data', (piece: Buffer) => {
          bytes += piece.length;
        });
        response.once('close', end);
      });
      sent.once('error', () => {
        if (!hasAnswer) end();
      });
    });
  const all = (async () => {
    while (!isOver) await download();
  })();
  return {
    counts: () => counts,
    finish() {
      isOver = true;
      return all;
    },
  };
}
