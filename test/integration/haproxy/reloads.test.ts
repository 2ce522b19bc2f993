import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../sandbox/programs/long-running.ts';
import { type LoadedAmphora, startLoadedAmphora, uploadAndReload } from '../../bench/load/loaded-amphora.ts';
import { amphoraUse } from '../../bench/load/processes.ts';
import { startCurlTraffic, startEndlessRequest } from '../../bench/load/traffic.ts';

const RELOADS = 15;
const HARD_STOP_SECONDS = 2;
/** the master and the worker that serves */
const PROCESSES = 2;

describe('a series of reloads', () => {
  let loaded: LoadedAmphora;

  beforeAll(async () => {
    loaded = await startLoadedAmphora(HARD_STOP_SECONDS);
  });
  afterAll(() => loaded?.world.close());

  const haproxys = async (): Promise<number> => (await amphoraUse(loaded.amphora)).haproxy.processes;
  const change = (text: string) => uploadAndReload(loaded.must, loaded.amphora, loaded.balancer, text);

  it('loses no request, over HTTP or HTTPS, on new or kept connections', async () => {
    const { world, vip, text } = loaded;
    const urls = [`http://${vip}/`, `https://${vip}/`];
    const clients = await Promise.all(
      urls.flatMap((url) =>
        [true, false].map((kept) => startCurlTraffic(world.lab, url, { kept, timeoutSeconds: 60 })),
      ),
    );
    for (let turn = 1; turn <= RELOADS; turn += 1) {
      await change(text.replace('retries 3', `retries ${3 + (turn % 2)}`));
    }
    await Promise.all(clients.map((client) => until(() => client.sofar().requests > 0)));
    const traffic = await Promise.all(clients.map((client) => client.stop()));
    expect(traffic.map(({ complaints }) => complaints)).toEqual(['', '', '', '']);
    await until(
      async () => (await haproxys()) === PROCESSES,
      60_000,
      'the end of workers that were replaced',
    );
  });

  it('leaves no worker behind for longer than haproxy_hard_stop_after', async () => {
    const endless = await startEndlessRequest(loaded.world.lab, loaded.vip);
    await change(loaded.text);
    expect(await haproxys()).toBe(PROCESSES + 1);
    await until(async () => (await haproxys()) === PROCESSES, 60_000, 'the end of the worker that drained');
    await endless.stop();
  });

  it('respects a hard-stop-after in the configuration', async () => {
    await change(loaded.text.replace('global\n', 'global\n    hard-stop-after 8s\n'));
    const endless = await startEndlessRequest(loaded.world.lab, loaded.vip);
    await change(loaded.text);
    const began = performance.now();
    await until(async () => (await haproxys()) === PROCESSES, 60_000, 'the end of the worker that drained');
    expect((performance.now() - began) / 1000).toBeGreaterThan(2 * HARD_STOP_SECONDS);
    await endless.stop();
  });
});
