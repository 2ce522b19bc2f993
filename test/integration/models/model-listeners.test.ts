import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readHaproxyText } from '../../../src/domain/haproxy/haproxy-text.ts';
import type { ServedModel } from '../../support/haproxy/haproxy-world.ts';
import { ask } from '../../support/haproxy/http-client.ts';
import { useHaproxyWorld } from '../../support/haproxy/use-haproxy-world.ts';
import {
  exampleId,
  LISTENER,
  listenerJson,
  loadBalancerJson,
  memberJson,
  poolJson,
} from '../../support/models/models.ts';

const world = useHaproxyWorld();
afterEach(() => world.clear());

type Fields = Readonly<Record<string, unknown>>;

async function serve(
  listener: Fields,
  { balancer = {}, logSocket }: { balancer?: Fields; logSocket?: string } = {},
): Promise<{ readonly port: number; readonly haproxy: ServedModel }> {
  const member = await world.member({ name: 'web' });
  const port = world.port();
  const members = [memberJson({ address: '127.0.0.1', protocol_port: member.port })];
  const listeners = [listenerJson({ protocol_port: port, default_pool: poolJson({ members }), ...listener })];
  const json = loadBalancerJson({ vip_address: '127.0.0.1', listeners, ...balancer });
  const haproxy = await world.serve(json, logSocket === undefined ? {} : { logSocket });
  return { port, haproxy };
}

describe('a listener of a model', () => {
  it('appears in the statistics with its pool and members', async () => {
    const { port, haproxy } = await serve({});
    await ask(port);
    const { listeners, pools } = await haproxy.statistics();
    expect(listeners).toMatchObject([{ id: LISTENER, status: 'OPEN', counters: { stot: 1 } }]);
    expect(pools).toMatchObject([{ listenerId: LISTENER, status: 'UP' }]);
  });

  it('without a pool answers 503', async () => {
    const { port } = await serve({ default_pool: undefined });
    expect(await ask(port)).toMatchObject({ status: 503 });
  });

  it('that is disabled accepts no connection, nor does a listener of a disabled load balancer', async () => {
    const off = { admin_state_up: false };
    for (const { port, haproxy } of [await serve(off), await serve({}, { balancer: off })]) {
      await expect(ask(port)).rejects.toThrow();
      expect(readHaproxyText(haproxy.text).listeners).toEqual([]);
      expect((await haproxy.statistics()).listeners).toEqual([]);
    }
  });

  it('accepts connections from allowed networks only', async () => {
    const { port } = await serve({ allowed_cidrs: ['127.0.0.2/31', '192.0.2.0/24'] });
    expect(await ask(port, { from: '127.0.0.3' })).toMatchObject({ member: 'web' });
    await expect(ask(port, { from: '127.0.0.4' })).rejects.toThrow();
  });

  it('closes an idle connection after its client timeout', async () => {
    const { port } = await serve({ timeout_client_data: 100, protocol: 'TCP' });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.resume();
    const [hadError] = await once(socket, 'close');
    expect(hadError).toBe(false);
  });

  it('waits for the answer of a member until the member timeout', async () => {
    const silent = createServer((socket) => socket.on('error', () => socket.destroy())).listen(
      0,
      '127.0.0.1',
    );
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const members = [memberJson({ address: '127.0.0.1', protocol_port: port })];
    const served = await serve({ timeout_member_data: 100, default_pool: poolJson({ members }) });
    expect(await ask(served.port)).toMatchObject({ status: 504 });
    silent.close();
  });

  it('accepts no more connections than its limit', async () => {
    const { haproxy } = await serve({ connection_limit: 7 });
    expect(haproxy.text.match(/maxconn 7$/gm)).toHaveLength(2);
  });
});

describe('the log of a listener', () => {
  it("has one line per request in Octavia's format, for any name of the project", async () => {
    const syslog = createSocket('udp4').bind(0, '127.0.0.1');
    await once(syslog, 'listening');
    const line = once(syslog, 'message');
    const { port } = await serve(
      {},
      { balancer: { project_id: '50% $HOME "p" #1' }, logSocket: `127.0.0.1:${syslog.address().port}` },
    );
    await ask(port, { path: '/a b'.replace(' ', '%20') });
    const [message] = await line;
    syslog.close();
    expect(String(message)).toMatch(
      new RegExp(
        `: 50%\\$HOME"p"#1 ${exampleId(1)} ${LISTENER} 127\\.0\\.0\\.1 \\d+ \\S+ "GET /a%20b HTTP/1\\.1" 200 \\d+ \\d+ - "?-?"? ${exampleId(3)}:${LISTENER} ${exampleId(4)} \\d+ ----\\s*$`,
      ),
    );
  });
});

describe('a PROMETHEUS listener', () => {
  it('forwards requests to the metrics proxy of the machine, which reads haproxy', async () => {
    const { port } = await serve({ protocol: 'PROMETHEUS', default_pool: undefined });
    const metrics = await ask(9101, { path: '/metrics' });
    expect(metrics.body).toContain('haproxy_frontend_status{proxy="');
    await expect(ask(9101, { path: '/' })).rejects.toThrow();
    // the machine has no exporter here
    expect(await ask(port)).toMatchObject({ status: 503 });
  });

  it('that is disabled opens no port', async () => {
    await serve({ protocol: 'PROMETHEUS', default_pool: undefined, admin_state_up: false });
    await expect(ask(9101, { path: '/metrics' })).rejects.toThrow();
  });

  it('is no listener with a pool in the statistics', async () => {
    const { haproxy } = await serve({ protocol: 'PROMETHEUS', default_pool: undefined });
    expect((await haproxy.statistics()).listeners.map(({ id }) => id)).toEqual([LISTENER]);
    expect((await haproxy.statistics()).pools).toEqual([]);
  });
});
