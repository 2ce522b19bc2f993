import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startHeartbeat } from '../../../src/heartbeat/supervise.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';
import { steadyId } from '../../support/heartbeat/heartbeat-reports.ts';
import { createHeartbeatWorld, until } from '../../support/heartbeat/heartbeat-world.ts';

const ENTRY = await heartbeatEntry();

it('a heartbeat with more members than a datagram holds is sent in parts, which are counted and logged once', async () => {
  const world = await createHeartbeatWorld();
  const haproxy = await world.addHaproxy();
  const servers = Array.from(
    { length: 4000 },
    (_, member) => `    server ${steadyId('member', member)} 127.0.0.1:1\n`,
  );
  await haproxy.configure((text) => `${text}${servers.join('')}`);
  await haproxy.start();
  const receiver = await openHeartbeatReceiver();
  const log: { subject?: string }[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const heartbeat = startHeartbeat({
    entry: ENTRY,
    // thousands of members must be reported within 5 s
    config: world.config({ controllers: [receiver.address], heartbeatInterval: 10 }),
    logger,
  });
  const membersHeard = () => {
    const pools = receiver.heard.flatMap(({ message }) => Object.values(message.pools ?? {}));
    return new Set(pools.flatMap(({ members }) => Object.keys(members)));
  };
  await until(() => membersHeard().size === 4001);
  await until(() => heartbeat.counts().partial >= 2);
  expect(heartbeat.counts().failed).toBe(0);
  expect(log.map(({ subject }) => subject)).toEqual(['heartbeat size']);
  await heartbeat.close();
  receiver.close();
  await world.close();
});
