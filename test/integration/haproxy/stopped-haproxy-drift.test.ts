import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { readHaproxyOrders } from '../../../src/operations/haproxy/orders.ts';
import { deleteLoadBalancer } from '../../../src/operations/haproxy/removal.ts';
import { getInNamespace } from '../../support/amphora/amphora-services.ts';
import { fixture } from '../../support/fixture.ts';
import { openDriftScene } from '../../support/haproxy/drift-scene.ts';

const NOTHING = { items: [], repaired: 0 };

describe('a haproxy that somebody else than its controller stopped', () => {
  const scene = fixture(openDriftScene, (opened) => opened.close());

  const text = (address = '127.0.0.1'): string =>
    [
      ...['global', `    stats socket ${scene.paths.statsSocket} mode 0666 level user`, '    maxconn 100'],
      ...['defaults', '    mode http', '    timeout connect 1s', '    timeout client 5s'],
      ...['    timeout server 5s', 'frontend l', `    bind ${address}:${scene.port}`],
      '    http-request return status 200 content-type text/plain string "here"',
      '',
    ].join('\n');
  const status = async () => (await scene.context.host.services.state(`haproxy-${scene.id}`)).status;
  const stopByHand = async (): Promise<void> => {
    await scene.context.host.services.stop(`haproxy-${scene.id}`);
    expect(await status()).toBe('inactive');
  };

  beforeEach(async () => {
    scene.anHourLater();
    await scene.run(text());
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    await stopByHand();
  });

  it('is seen, and repaired by a start', async () => {
    expect((await scene.lookTwice('report')).items).toMatchObject([
      {
        ...{ kind: 'haproxy', weight: 'fault', repair: 'start haproxy' },
        seen: 'stopped, and its controller did not order it',
      },
    ]);
    expect((await scene.lookTwice('repair')).repaired).toBe(1);
    // a busy machine may take some time until the worker answers
    await expect.poll(() => scene.lookTwice('repair')).toEqual(NOTHING);
    expect(getInNamespace(scene.port)).toBe('here');
  });

  it('is only reported while an uploaded text waits, which stays although it could not be started', async () => {
    // nobody has this address
    const upload = text('192.0.2.1');
    await scene.upload(upload);
    const { items, repaired } = await scene.lookTwice('repair');
    expect(items).toMatchObject([
      { kind: 'haproxy', weight: 'fault', repair: null, seen: expect.stringContaining('never reloaded') },
    ]);
    expect(repaired).toBe(0);
    expect(await status()).toBe('inactive');
    expect(await readFile(scene.paths.config, 'utf8')).toContain(`bind 192.0.2.1:${scene.port}`);
  });

  it('is left alone after its controller stopped it too', async () => {
    await scene.act('stop');
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    expect(await status()).toBe('inactive');
  });

  it('is left alone when its controller had begun to delete it', async () => {
    const { services } = scene.context.host;
    const host = {
      ...scene.context.host,
      services: { ...services, remove: () => Promise.reject(new Error('the agent was killed')) },
    };
    await expect(deleteLoadBalancer({ ...scene.context, host }, scene.id)).rejects.toThrow();
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    expect((await readHaproxyOrders(scene.context, scene.id)).wanted).toBe('stopped');
    await deleteLoadBalancer(scene.context, scene.id);
    expect((await readHaproxyOrders(scene.context, scene.id)).wanted).toBeUndefined();
  });
});
