import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ControllerAnswer, ControllerRequest } from '../../../sandbox/controller/controller.ts';
import type { AmphoraLab, LabAmphora } from './amphora-lab.ts';

/** An answer of the agent. `json` is its body parsed as JSON, or undefined if the body is a text. */
export interface ApiAnswer extends ControllerAnswer {
  readonly json: unknown;
}

/** Sends a request to an agent over the one connection of its controller. @param sent `text` goes as a file, `json` as JSON */
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

/** Returns a function as `ask` that throws unless the answer has a status below 300. */
export const insisting =
  (ask: Ask): Ask =>
  async (method, target, sent) => {
    const answer = await ask(method, target, sent);
    if (answer.status >= 300) throw new Error(`${method} ${target}: ${answer.status} ${answer.body}`);
    return answer;
  };

export async function temporaryFile(world: AmphoraLab, content: string): Promise<string> {
  files += 1;
  const file = path.join(world.directory, `upload-${files}`);
  await writeFile(file, content);
  return file;
}
