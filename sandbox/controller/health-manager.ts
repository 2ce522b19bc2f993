import { createHmac, timingSafeEqual } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { inflateSync } from 'node:zlib';
import * as z from 'zod';
import { reasonOf } from '../../src/errors.ts';
import { until, WAIT_MS } from '../programs/long-running.ts';

/** The fields of a heartbeat that a controller reads (docs/contract.md, section 9). Version 1 has its pools in listeners. */
const message = z.looseObject({
  id: z.string(),
  seq: z.number(),
  ver: z.union([z.literal(1), z.literal(3)]),
  listeners: z.record(
    z.string(),
    z.looseObject({ status: z.string(), stats: z.record(z.string(), z.number()).optional() }),
  ),
  pools: z
    .record(z.string(), z.looseObject({ status: z.string(), members: z.record(z.string(), z.string()) }))
    .optional(),
});

export type HeartbeatMessage = z.infer<typeof message>;

export interface Heartbeat {
  /** time of arrival, by Date.now() */
  readonly receivedAt: number;
  readonly from: string;
  /** length of the datagram in bytes */
  readonly bytes: number;
  readonly message: HeartbeatMessage;
}

/** A receiver of heartbeats. Like Octavia's health manager, it accepts only those that are signed with the key. */
export interface HealthManager {
  readonly port: number;
  /** accepted heartbeats, oldest first (the last 1000) */
  readonly heartbeats: readonly Heartbeat[];
  /** datagrams that were not accepted, each with its reason (the last 1000) */
  readonly refused: readonly string[];
  /** Waits for a new heartbeat that meets the condition. @throws Error when the time (ms) has passed */
  next(satisfies: (message: HeartbeatMessage) => boolean, timeoutMs?: number): Promise<Heartbeat>;
  close(): Promise<void>;
}

const DIGEST_CHARACTERS = 64;
const KEPT = 1000;

/** Starts to receive heartbeats. @param port 0: any free port */
export async function startHealthManager(address: string, key: string, port = 0): Promise<HealthManager> {
  const heartbeats: Heartbeat[] = [];
  const refused: string[] = [];
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (datagram, sender) => {
    try {
      const accepted = {
        receivedAt: Date.now(),
        from: sender.address,
        bytes: datagram.length,
        message: openHeartbeat(datagram, key),
      };
      keep(heartbeats, accepted);
    } catch (error) {
      keep(refused, `from ${sender.address}: ${reasonOf(error)}`);
    }
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    heartbeats,
    refused,
    async next(satisfies, timeoutMs = WAIT_MS) {
      const since = Date.now();
      let found: Heartbeat | undefined;
      const look = (): boolean => {
        found = heartbeats.find((heartbeat) => heartbeat.receivedAt >= since && satisfies(heartbeat.message));
        return found !== undefined;
      };
      await until(look, timeoutMs, 'a heartbeat');
      if (found === undefined) throw new Error('no heartbeat');
      return found;
    },
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function keep<Value>(list: Value[], value: Value): void {
  list.push(value);
  if (list.length > KEPT) list.shift();
}

/** Checks the signature, inflates and parses one datagram. @throws Error with the reason why the datagram is invalid */
export function openHeartbeat(datagram: Buffer, key: string): HeartbeatMessage {
  const packed = datagram.subarray(0, -DIGEST_CHARACTERS);
  const digest = datagram.subarray(-DIGEST_CHARACTERS);
  const expected = Buffer.from(createHmac('sha256', Buffer.from(key, 'utf8')).update(packed).digest('hex'));
  if (digest.length !== expected.length || !timingSafeEqual(digest, expected))
    throw new Error('wrong signature');
  return message.parse(JSON.parse(inflateSync(packed).toString('utf8')));
}
