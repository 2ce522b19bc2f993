import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { usePluggedAmphora } from '../../support/amphora/use-lab.ts';
import { labListenerJson, labModel, tlsContainerJson } from '../../support/models/lab-models.ts';

/** the size of the cache in MiB, and the same size in blocks of haproxy */
const LIMIT = 16;
const BLOCKS = 65_536;
const PROFILES = 'virtual-guest optimize-serial-console amphora';
const GIB = 1024 ** 3;

describe.runIf(cpus().length > 1 && totalmem() > GIB)('a model on a tuned amphora', () => {
  const plugged = usePluggedAmphora({
    members: 1,
    async prepare(amphora) {
      await amphora.exec(['mkdir', '-p', '/etc/tuned']);
      await writeFile(amphora.box.file('/etc/tuned/active_profile'), `${PROFILES}\n`);
      const config = await amphora.readText(AGENT_CONFIG_FILE);
      const changed = config.replace(/^(haproxy_tls_cache_limit) = .*$/m, `$1 = ${LIMIT}`);
      await writeFile(amphora.box.file(AGENT_CONFIG_FILE), changed);
    },
  });
  let tls: object;
  beforeAll(async () => {
    tls = {
      protocol: 'TERMINATED_HTTPS',
      default_tls_container_data: await tlsContainerJson(plugged.world, 'www'),
    };
  });

  const model = (fields: object = tls) =>
    labModel(plugged.balancer, [labListenerJson(plugged.balancer, { ...fields })]);
  const target = (): string => `/1.0/loadbalancer/${plugged.amphora.id}/${plugged.balancer.id}/haproxy`;

  it('is reported as tuned in the details that controllers read', async () => {
    expect((await plugged.ask('GET', '/1.0/details')).json).toMatchObject({
      active_tuned_profiles: PROFILES,
      cpu_count: cpus().length,
    });
  });

  it('has threads on all processors but the first, and a TLS session cache within the limit; haproxy serves with them', async () => {
    const { ask, balancer } = plugged;
    expect((await ask('PUT', target(), { json: model() })).status).toBe(202);
    const threads = cpus().length - 1;
    expect((await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy`)).body).toContain(
      `    tune.ssl.cachesize ${BLOCKS}\n    nbthread ${threads}\n    cpu-map auto:1/1-${threads} 1-${threads}\n`,
    );
    expect(await ask('PUT', `/1.0/loadbalancer/${balancer.id}/start`)).toMatchObject({ status: 202 });
  });

  it('makes the same configuration at every upload, independent of free memory', async () => {
    expect(await plugged.ask('PUT', `${target()}?dry_run=true`, { json: model() })).toMatchObject({
      status: 200,
      json: { valid: true, diff: '' },
    });
  });

  it('keeps the default cache in API 0.5, where each listener has a haproxy of its own', async () => {
    const { ask, amphora, balancer } = plugged;
    const json = { ...labListenerJson(balancer, { ...tls }), vip_address: balancer.vips[0].address };
    const path = `/0.5/listeners/${amphora.id}/${balancer.listenerId}/haproxy?dry_run=true`;
    const answer = await ask('PUT', path, { json });
    expect(answer).toMatchObject({
      status: 200,
      json: { valid: true, config: expect.stringContaining('nbthread') },
    });
    expect(answer.body).not.toContain('cachesize');
  });
});
