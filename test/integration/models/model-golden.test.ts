import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { beforeAll, expect, it } from 'vitest';
import { createAuthority } from '../../../sandbox/controller/pki.ts';
import { renderHaproxy } from '../../../src/render/haproxy/render-haproxy.ts';
import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';
import { modelCertificate } from '../../support/certificates/model-certificates.ts';
import { check, store } from '../../support/haproxy/haproxy-world.ts';
import { useHaproxyWorld } from '../../support/haproxy/use-haproxy-world.ts';
import { goldenModels } from '../../support/models/golden-models.ts';
import { renderTemplate } from '../../support/templates.ts';

const AMPHORA = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';

const world = useHaproxyWorld();
let models: ReturnType<typeof goldenModels>;
beforeAll(async () => {
  const authority = await createAuthority(world.directory, 'servers');
  const { container } = await modelCertificate(authority, world.directory, { names: ['www.example.com'] });
  models = goldenModels(container, await readFile(authority.certificate, 'utf8'));
});

it.each([...goldenModels({}, '').keys()])(
  'haproxy accepts the golden configuration %s without a warning',
  async (name) => {
    const settings = world.settings(name);
    const rendered = renderHaproxy(renderTemplate, parseLoadBalancerModel(models.get(name)), settings);
    const words = await check([await store(rendered, settings)], AMPHORA);
    expect(words).toContain('Configuration file is valid');
    expect(words.split('\n').filter((line) => line.includes('WARNING'))).toEqual([]);
  },
);

it('haproxy accepts the lines that depend on the machine without a warning', async () => {
  // as many threads as processors: haproxy warns of more
  const machine = {
    memoryKib: 1_000_000,
    cpuCount: cpus().length,
    tunedProfiles: 'amphora',
    tlsCacheMib: 16,
  };
  const settings = { ...world.settings('machine'), machine };
  const model = parseLoadBalancerModel(models.get('client-authentication'));
  const rendered = renderHaproxy(renderTemplate, model, settings);
  expect(rendered.text).toContain('    tune.ssl.cachesize 65536\n');
  const output = await check([await store(rendered, settings)], AMPHORA);
  expect(output.split('\n').filter((line) => line.includes('WARNING'))).toEqual([]);
});
