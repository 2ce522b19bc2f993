import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ControllerAnswer, ControllerRequest } from '../../../sandbox/controller/controller.ts';
import type { AmphoraLab, LabAmphora } from './amphora-lab.ts';

/** An answer with its body read as JSON; undefined where it is a text. */
export interface ApiAnswer extends ControllerAnswer {
  readonly json: unknown;
}

/** Asks an agent as a controller does, over its one connection. @param sent `text` goes as a file, `json` as JSON */
export type Ask = (
  method: ControllerRequest['method'],
  path: string,
  sent?: {
    readonly json?: unknown;
    readonly text?: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
) => Promise<ApiAnswer>;

let files = 0;

export function askAmphora(world: AmphoraLab, amphora: LabAmphora): Ask {
  return async (method, target, { json, text, headers } = {}) => {
    const answer = await amphora.controller.request({
      method,
      path: target,
      ...(text === undefined ? {} : { file: await temporaryFile(world, text) }),
      ...(json === undefined ? {} : { json }),
      ...(headers === undefined ? {} : { headers }),
    });
    return { ...answer, json: /^[{[]/.test(answer.body) ? JSON.parse(answer.body) : undefined };
  };
}

export async function temporaryFile(world: AmphoraLab, content: string): Promise<string> {
  files += 1;
  const file = path.join(world.directory, `upload-${files}`);
  await writeFile(file, content);
  return file;
}
