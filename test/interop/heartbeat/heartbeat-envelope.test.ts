import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { heartbeatText, sealHeartbeat } from '../../../src/domain/heartbeat/heartbeat-message.ts';
import { startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { until } from '../../support/heartbeat/heartbeat-world.ts';
import { askOctavia } from '../../support/heartbeat/octavia-envelope.ts';
import { useHeartbeatWorld } from '../../support/heartbeat/use-heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

const world = useHeartbeatWorld();

it.each(['1', '3'] as const)(
  'Octavia verifies heartbeats of version %s and reads the values that the agent sent',
  async (version) => {
    const haproxy = await world.addHaproxy();
    await haproxy.start();
    await haproxy.get();
    const receiver = await openHeartbeatReceiver();
    const key = ' an insécure "key" = # ; % \\ ';
    const config = world.config({
      controllers: [receiver.address],
      heartbeatKey: key,
      heartbeatVersion: version,
    });
    const heartbeat = startHeartbeat({ entry: ENTRY, config, logger: pino({ level: 'silent' }) });
    await until(() => receiver.heard.length >= 3);
    await heartbeat.close();
    receiver.close();
    const { messages } = await askOctavia(
      key,
      receiver.heard.map(({ datagram }) => datagram),
    );
    expect(messages).toEqual(receiver.heard.map(({ message }) => message));
    expect(messages[0]).toMatchObject({ seq: 0, ver: Number(version) });
    expect(messages[0].listeners[haproxy.listener].stats.totconns).toBe(1);
  },
);

it('Octavia refuses a heartbeat with another key', async () => {
  const { messages } = await askOctavia('right', [
    sealHeartbeat(JSON.stringify({ id: 'A' }), 'wrong'),
    sealHeartbeat(JSON.stringify({ id: 'A' }), 'right'),
  ]);
  expect(messages).toEqual([null, { id: 'A' }]);
});

it('Octavia verifies the heartbeat of a large amphora', async () => {
  const listeners = [...Array(100).keys()].map(() => ({
    id: randomUUID(),
    status: 'OPEN',
    connections: 1,
    traffic: { bin: 2 ** 50, bout: 2, ereq: 3, stot: 4 },
  }));
  const pools = listeners.map((listener) => {
    const id = randomUUID();
    const members = new Map([...Array(20).keys()].map(() => [randomUUID(), 'UP'] as const));
    return { id, listenerId: listener.id, key: `${id}:${listener.id}`, status: 'UP', members };
  });
  const text = heartbeatText(3, { amphoraId: 'A', sequence: 0, listeners, pools, stopped: [] });
  const { messages } = await askOctavia('key', [sealHeartbeat(text, 'key')]);
  expect(messages).toEqual([JSON.parse(text)]);
});

it('a heartbeat has the listeners, pools and members that the Python agent finds in the same haproxys', async () => {
  const haproxys = await Promise.all([world.addHaproxy(), world.addHaproxy()]);
  for (const haproxy of haproxys) {
    await haproxy.configure(
      (text) => `${text}
    server dead 127.0.0.1:1 check inter 100ms fall 1
    server dying 127.0.0.1:1 check inter 1h fall 3
    server drained unix@${world.paths.base}/backend weight 0 check inter 1s
    server weightless 127.0.0.1:1 weight 0
    server disabled 127.0.0.1:1 disabled
`,
    );
    await haproxy.start();
  }
  const receiver = await openHeartbeatReceiver();
  const config = world.config({ controllers: [receiver.address] });
  const heartbeat = startHeartbeat({ entry: ENTRY, config, logger: pino({ level: 'silent' }) });
  const settled = () =>
    JSON.stringify(receiver.heard.at(-1)?.message.pools).match(/"dead":"DOWN"/g)?.length === 2;
  await until(() => receiver.heard.length > 2 && settled());
  const { message } = receiver.heard.at(-1) ?? {};
  const { answers } = await askOctavia(
    '',
    [],
    haproxys.map(({ paths }) => paths.statsSocket),
  );
  await heartbeat.close();
  receiver.close();
  const theirs = { listeners: {}, pools: {} };
  for (const answer of answers) {
    Object.assign(theirs.listeners, answer.listeners);
    Object.assign(theirs.pools, answer.pools);
  }
  const statuses = Object.entries(message?.listeners ?? {}).map(([id, { status }]) => [id, status]);
  expect(Object.fromEntries(statuses)).toEqual(theirs.listeners);
  expect(message?.pools).toEqual(theirs.pools);
  expect(JSON.stringify(theirs.pools)).toMatch(/DRAIN.*MAINT/);
});
