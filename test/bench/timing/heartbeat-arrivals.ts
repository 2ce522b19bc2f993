import { once } from 'node:events';
import path from 'node:path';
import { z } from 'zod';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { type LoadedAmphora, startOwnProcess } from '../load/loaded-amphora.ts';
import { MEASURING_NICE } from '../load/niceness.ts';

const arrival = z.object({ at: z.number(), sequence: z.number(), listeners: z.number() });
const message = z.union([z.object({ port: z.number() }), arrival]);

/** One heartbeat: its moment (ms, as `now` of clock.ts returns it), its number and its number of listeners. */
export type Arrival = z.infer<typeof arrival>;

/** Heartbeats of one amphora as another process saw them come. */
export interface HeartbeatArrivals {
  /** those from one moment to another */
  between(from: number, to: number): readonly Arrival[];
  close(): Promise<void>;
}

const RECEIVER = path.join(import.meta.dirname, 'heartbeat-receiver.ts');

/** Turns an amphora's heartbeats to a process that does nothing but receive them. @param seconds their interval from now on */
export async function receiveHeartbeats(
  { world, amphora, must }: Pick<LoadedAmphora, 'world' | 'amphora' | 'must'>,
  seconds: number,
): Promise<HeartbeatArrivals> {
  const config = await amphora.readText(AGENT_CONFIG_FILE);
  const key = /^heartbeat_key = (.*)$/m.exec(config)?.[1] ?? '';
  const receiver = startOwnProcess(RECEIVER, [world.lab.controller, key], MEASURING_NICE);
  const arrivals: Arrival[] = [];
  const listening = Promise.withResolvers<number>();
  receiver.once('exit', (code) => listening.reject(new Error(`the receiver of heartbeats ended: ${code}`)));
  receiver.on('message', (sent) => {
    const told = message.parse(sent);
    if ('port' in told) listening.resolve(told.port);
    else arrivals.push(told);
  });
  const target = `${world.lab.controller}:${await listening.promise}`;
  const text = config
    .replace(/^controller_ip_port_list = .*$/m, `controller_ip_port_list = ${target}`)
    .replace(/^heartbeat_interval = .*$/m, `heartbeat_interval = ${seconds}`);
  await must('PUT', '/1.0/config', { text });
  return {
    between: (from, to) => arrivals.filter(({ at }) => at >= from && at < to),
    async close() {
      receiver.disconnect();
      await once(receiver, 'exit');
    },
  };
}
