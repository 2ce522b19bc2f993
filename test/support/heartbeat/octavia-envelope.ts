import path from 'node:path';
import { createCommandRunner } from '../../../src/host/command.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../../interop/heartbeat/heartbeat_envelope.py');

/** Reads datagrams (null for one that it refuses) and the haproxys behind sockets with Octavia's own code. */
export async function askOctavia(key: string, datagrams: readonly Buffer[], sockets: readonly string[] = []) {
  const given = { key, datagrams: datagrams.map((datagram) => datagram.toString('hex')), sockets };
  const { stdout } = await createCommandRunner().run(['/usr/bin/python3', SCRIPT], {
    timeoutMs: 60_000,
    input: JSON.stringify(given),
  });
  return JSON.parse(stdout);
}
