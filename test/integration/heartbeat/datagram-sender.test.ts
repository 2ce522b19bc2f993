import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { LARGEST_DATAGRAM } from '../../../src/domain/heartbeat/heartbeat-message.ts';
import { createDatagramSender } from '../../../src/heartbeat/sending/sender.ts';

const sender = createDatagramSender();
afterEach(() => sender.close());

const LOOPBACK = { address: '127.0.0.1', family: 4 } as const;

it.each([
  ['a datagram longer than UDP carries', LARGEST_DATAGRAM + 1, LOOPBACK, 9, /^EMSGSIZE$/],
  [
    'an address that may not be sent to',
    1,
    { address: '255.255.255.255', family: 4 } as const,
    9,
    /^(EACCES|ENETUNREACH)$/,
  ],
  ['a port that is none', 1, LOOPBACK, 65_536, /^ERR_SOCKET_BAD_PORT$/],
])('a datagram to %s fails alone, and the next datagram arrives', async (_what, length, to, port, code) => {
  const receiver = createSocket('udp4');
  receiver.bind(0, LOOPBACK.address);
  await once(receiver, 'listening');
  await expect(sender.send(Buffer.alloc(length), to, port)).rejects.toMatchObject({
    code: expect.stringMatching(code),
  });
  const arrival = once(receiver, 'message');
  await sender.send(Buffer.alloc(LARGEST_DATAGRAM), LOOPBACK, receiver.address().port);
  const [datagram] = await arrival;
  expect(datagram).toHaveLength(LARGEST_DATAGRAM);
  receiver.close();
});

it('a controller whose port refuses datagrams makes no error', async () => {
  for (let sent = 0; sent < 3; sent += 1) {
    await expect(sender.send(Buffer.alloc(1), LOOPBACK, 1)).resolves.toBeUndefined();
  }
});
