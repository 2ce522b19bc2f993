import { once } from 'node:events';
import path from 'node:path';
import { z } from 'zod';
import { type LoadedAmphora, startOwnProcess } from '../load/loaded-amphora.ts';
import { MEASURING_NICE } from '../load/niceness.ts';

const PROBE = path.join(import.meta.dirname, 'latency-probe.ts');

/** How long the agent takes to answer `GET /`, as another process sees it. */
export interface AnswerTimes {
  /** those since the last call, in ms */
  taken(): readonly number[];
  close(): Promise<void>;
}

export function measureAnswerTimes({ world: { pki }, amphora }: LoadedAmphora): AnswerTimes {
  const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
  const probe = startOwnProcess(PROBE, [JSON.stringify({ target, pki })], MEASURING_NICE);
  let times: number[] = [];
  probe.on('message', (message) => void times.push(z.number().parse(message)));
  return {
    taken() {
      const taken = times;
      times = [];
      return taken;
    },
    async close() {
      probe.disconnect();
      await once(probe, 'exit');
    },
  };
}
