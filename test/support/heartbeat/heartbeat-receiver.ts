import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { inflateSync } from 'node:zlib';
import { z } from 'zod';
import { until } from './heartbeat-world.ts';

const Stats = z.object({
  tx: z.number(),
  rx: z.number(),
  conns: z.number(),
  totconns: z.number(),
  ereq: z.number(),
});
const Pools = z.record(
  z.string(),
  z.object({ status: z.string(), members: z.record(z.string(), z.string()) }),
);
const Message = z.strictObject({
  id: z.string(),
  seq: z.number(),
  ver: z.number(),
  listeners: z.record(
    z.string(),
    z.strictObject({ status: z.string(), stats: Stats, pools: Pools.optional() }),
  ),
  pools: Pools.optional(),
});

export interface ReceivedHeartbeat {
  readonly datagram: Buffer;
  readonly message: z.infer<typeof Message>;
}

/** A controller's UDP socket on loopback that keeps the datagrams that it receives. */
export interface HeartbeatReceiver {
  readonly address: { readonly host: string; readonly port: number };
  readonly heard: ReceivedHeartbeat[];
  /** the next message after those received so far */
  next(): Promise<ReceivedHeartbeat['message']>;
  /** Resolves when everything that was sent before this call is received. */
  settled(): Promise<void>;
  close(): void;
}

export async function openHeartbeatReceiver(host = '127.0.0.1'): Promise<HeartbeatReceiver> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const heard: ReceivedHeartbeat[] = [];
  const marks: (() => void)[] = [];
  socket.on('message', (datagram) => {
    if (datagram.length === 0) return marks.shift()?.();
    const json = inflateSync(datagram.subarray(0, -64)).toString('utf8');
    heard.push({ datagram, message: Message.parse(JSON.parse(json)) });
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  return {
    address: { host, port: socket.address().port },
    heard,
    async next() {
      const count = heard.length;
      await until(() => heard.length > count);
      const last = heard.at(-1);
      if (last === undefined) throw new Error('nothing heard');
      return last.message;
    },
    // the kernel delivers datagrams in the order in which they were sent
    settled: () =>
      new Promise((resolve) => {
        marks.push(resolve);
        socket.send(Buffer.alloc(0), socket.address().port, host);
      }),
    close: () => socket.close(),
  };
}
