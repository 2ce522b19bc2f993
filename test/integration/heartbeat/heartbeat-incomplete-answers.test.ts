import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createHeartbeatHost } from '../../../src/heartbeat/heartbeat-host.ts';
import { createProblemLog } from '../../../src/heartbeat/problem-log.ts';
import { createHaproxySource } from '../../../src/heartbeat/sources/haproxy-source.ts';
import { createFiles } from '../../../src/host/files.ts';
import { createHeartbeatWorld } from '../../support/heartbeat/heartbeat-world.ts';

/** The time limit of heartbeats for which one haproxy never answers. */
const DEADLINE_MS = 5000;

/**
 * Counts the listeners of two load balancers, while another server answers for the first one.
 * @returns the status by listener, and the listener of the second load balancer
 */
async function countWith(
  respond: (socket: Socket) => void,
): Promise<{ listeners: Map<string, string>; second: string }> {
  const world = await createHeartbeatWorld();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => respond(socket));
  });
  try {
    const [first, second] = await Promise.all([world.addHaproxy(), world.addHaproxy()]);
    await Promise.all([first.start(), second.start()]);
    const fake = `${first.paths.directory}/fake.sock`;
    await new Promise<void>((resolve) => server.listen(fake, resolve));
    await writeFile(first.paths.config, first.text.replace(first.paths.statsSocket, fake));
    const host = createHeartbeatHost(createFiles(), () => 60_000);
    const source = createHaproxySource(
      world.paths,
      'haproxy',
      host,
      createProblemLog(pino({ enabled: false })),
    );
    const observed = await source.observe(DEADLINE_MS);
    return {
      listeners: new Map(observed.listeners.map(({ id, status }) => [id, status])),
      second: second.listener,
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await world.close();
  }
}

const WHOLE = '# pxname,svname,scur,stot,bin,bout,ereq,status,weight,type\nL,FRONTEND,0,0,0,0,0,OPEN,,0\n\n';

/** Each of them waits for the time limit, so they wait side by side. */
describe.concurrent('an incomplete answer of haproxy', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['half a CSV', (socket) => socket.end(WHOLE.slice(0, 80))],
    ['a CSV that never ends', (socket) => void socket.write(WHOLE.slice(0, -1))],
    ['an error message', (socket) => socket.end('Permission denied\n\n')],
    ['binary garbage', (socket) => socket.end(Buffer.from([0, 255, 10, 10]))],
    ['nothing', (socket) => socket.end()],
    ['a reset', (socket) => void socket.destroy()],
  ])('adds nothing to the heartbeat: %s', async (_what, respond) => {
    const { listeners, second } = await countWith(respond);
    expect(listeners).toEqual(new Map([[second, 'OPEN']]));
  });

  it('is counted when the next answer is complete', async () => {
    let answers = 0;
    const { listeners, second } = await countWith((socket) => {
      answers += 1;
      socket.end(answers < 3 ? WHOLE.slice(0, 80) : WHOLE);
    });
    expect(listeners).toEqual(
      new Map([
        ['L', 'OPEN'],
        [second, 'OPEN'],
      ]),
    );
  });
});
