import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AmphoraLab, first, startAmphoraLab } from '../support/amphora-lab.ts';
import { LVS, lvsConfigText } from '../support/lvs-examples.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../support/octavia-driver.ts';

const CONFIG = lvsConfigText({ members: [] });

describe("Octavia's own driver performs the life of a UDP listener", () => {
  let world: AmphoraLab;
  let driver: OctaviaDriver;

  beforeAll(async () => {
    world = await startAmphoraLab();
    driver = startOctaviaDriver(first(world.amphorae), world.pki);
    await driver.call('get_api_version');
  });
  afterAll(async () => {
    driver?.close();
    await world?.close();
  });

  const done = (word: string) => ({
    result: {
      status: 202,
      body: JSON.stringify({ message: 'OK', details: `keepalivedlvs listener ${LVS.listener} ${word}` }),
    },
  });

  it('uploads it, starts, reloads and stops it', async () => {
    expect(await driver.call('upload_udp_config', LVS.listener, CONFIG)).toEqual({
      result: { status: 200, body: '{"message":"OK"}' },
    });
    expect(await driver.call('start_listener', LVS.listener)).toEqual(done('started'));
    expect(await driver.call('get_all_listeners')).toEqual({
      result: [{ status: 'ACTIVE', uuid: LVS.listener, type: 'UDP' }],
    });
    expect(await driver.call('reload_listener', LVS.listener)).toEqual(done('restarted'));
    expect(await driver.call('get_details')).toMatchObject({
      result: { lvs_listener_process_count: 1, listeners: [LVS.listener] },
    });
  });

  it('hears its heartbeats', async () => {
    const { message } = await world.healthManager.next(({ listeners }) => LVS.listener in listeners, 10_000);
    expect(message.listeners[LVS.listener]?.status).toBe('OPEN');
    expect(Object.keys(message.pools ?? {})).toEqual([LVS.pool]);
    expect(world.healthManager.refused).toEqual([]);
  });

  it('deletes it, running as it is, and again', async () => {
    for (let times = 0; times < 2; times += 1) {
      expect(await driver.call('delete_listener', LVS.listener)).toEqual({
        result: { status: 200, body: '{"message":"OK"}' },
      });
    }
    expect(await driver.call('get_all_listeners')).toEqual({ result: [] });
  });
});
