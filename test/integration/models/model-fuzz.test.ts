import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../sandbox/controller/pki.ts';
import { configurationLines } from '../../../src/domain/haproxy/haproxy-words.ts';
import { unsafeHaproxyLines } from '../../../src/domain/haproxy/unsafe-haproxy.ts';
import { PING_COMMAND } from '../../../src/domain/paths.ts';
import { InvalidInput } from '../../../src/errors.ts';
import { renderHaproxy } from '../../../src/render/haproxy/render-haproxy.ts';
import type { LoadBalancerModel } from '../../../src/schemas/models/load-balancer.ts';
import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';
import { modelCertificate } from '../../support/certificates/model-certificates.ts';
import { check, store } from '../../support/haproxy/haproxy-world.ts';
import { useHaproxyWorld } from '../../support/haproxy/use-haproxy-world.ts';
import { modelDocument } from '../../support/models/model-arbitraries.ts';
import { renderTemplate } from '../../support/templates.ts';

/** The number of documents; set it higher for a longer run. */
const COUNT = Number(process.env['FUZZ_MODELS'] ?? 3000);
/** The seed of the documents, which a failure names. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const AGAIN = `again with FUZZ_SEED=${SEED} FUZZ_MODELS=${COUNT}`;
/** The number of documents per haproxy process: the start of haproxy is the slow part. */
const BATCH = 100;

const world = useHaproxyWorld();
let container: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  const authority = await createAuthority(world.directory, 'servers');
  ({ container } = await modelCertificate(authority, world.directory, { names: ['www.example.com'] }));
});

/** Returns the model, or undefined for a document that is refused. */
function accepted(json: unknown): LoadBalancerModel | undefined {
  try {
    return parseLoadBalancerModel(json);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    expect(error.message).toMatch(/^(?:[\w.[\]-]+: .+\n?)+$/);
    return undefined;
  }
}

/** Returns the heads of the sections that a model must have, computed without the renderer. */
function sectionsOf(model: LoadBalancerModel): string[] {
  const active = model.listeners.filter((listener) => listener.admin_state_up && listener.protocol !== 'UDP');
  const { topology, peers } = model.amphora;
  const exporter = ['frontend prometheus-exporter-internal-endpoint', 'backend prometheus-exporter-internal'];
  return [
    'global',
    'defaults',
    ...(topology === 'ACTIVE_STANDBY' && peers.length > 0
      ? ['peers 10000000000040008000000000000000_peers']
      : []),
    ...(active.some(({ protocol }) => protocol === 'PROMETHEUS') ? exporter : []),
    ...active.flatMap((listener) => {
      const pools = [
        listener.default_pool,
        ...listener.l7policies
          .filter((policy) => policy.admin_state_up)
          .map((policy) => policy.redirect_pool),
      ].flatMap((pool) => (pool?.admin_state_up ? [pool.pool_id] : []));
      return [
        `frontend ${listener.listener_id}`,
        ...[...new Set(pools)].map((pool) => `backend ${pool}:${listener.listener_id}`),
      ];
    }),
    ...(active.length === 0 ? ['frontend no-enabled-listener'] : []),
  ];
}

const sectionsIn = (text: string): string[] =>
  configurationLines(text)
    .filter(({ words, section }) => words[0] === section && words.length > 0)
    .map(({ words }) => words.join(' '));

describe('a random document that looks like a model', () => {
  it('is refused, or becomes a configuration with all its sections that haproxy accepts', async () => {
    const documents = fc.sample(modelDocument(container), { numRuns: COUNT, seed: SEED });
    const models = documents.map(accepted).filter((model) => model !== undefined);
    expect(models.length).toBeGreaterThan(COUNT / 4);
    for (let start = 0; start < models.length; start += BATCH) {
      await checkTogether(models.slice(start, start + BATCH), start);
    }
  });
});

/** What clients' requests are compared with: as a word of its own haproxy takes it as it is. */
const valuesOf = (model: LoadBalancerModel): string[] =>
  model.listeners
    .filter((listener) => listener.admin_state_up)
    .flatMap((listener) => listener.l7policies.filter((policy) => policy.admin_state_up))
    .flatMap((policy) => policy.rules.filter((rule) => rule.admin_state_up))
    .map(({ type, compare_type, value }) =>
      type === 'FILE_TYPE' && compare_type === 'EQUAL_TO' ? `.${value}` : value,
    );

/** haproxy reads several files as one: the global section is that of the first, proxies have names of their own. */
async function checkTogether(models: readonly LoadBalancerModel[], start: number): Promise<void> {
  const files = await Promise.all(
    models.map(async (model, index) => {
      const number = start + index;
      const settings = world.settings(`fuzz-${number}`);
      await mkdir(settings.haproxy.directory);
      const { text, certificates } = renderHaproxy(renderTemplate, model, settings);
      const installed = text.replaceAll(settings.pingCommand, PING_COMMAND);
      expect(unsafeHaproxyLines(installed, settings.haproxy), AGAIN).toEqual([]);
      expect(sectionsIn(text).sort(), AGAIN).toEqual(sectionsOf(model).sort());
      const words = new Set(configurationLines(text).flatMap((line) => line.words));
      expect(
        valuesOf(model).filter((value) => !words.has(value)),
        AGAIN,
      ).toEqual([]);
      return store({ text: withOwnNames(text, number), certificates }, settings);
    }),
  );
  const common = path.join(world.directory, `common-${start}.cfg`);
  await writeFile(common, 'global\n    external-check\n    insecure-fork-wanted\n');
  const words = await check([common, ...files]).catch((error: Error) => error.message);
  expect(
    words
      .split('\n')
      .filter((line) => ['ALERT', 'truncat', 'suspicious'].some((word) => line.includes(word))),
    AGAIN,
  ).toEqual([]);
  expect(words).toContain('Configuration file is valid');
}

const withOwnNames = (text: string, number: number): string =>
  text
    .slice(text.indexOf('defaults\n'))
    .replaceAll(
      /\b[23]0000000(?=-0000-4000-8000-\d{12}(?!\.pem))/g,
      (start) => start.slice(0, 2) + String(number).padStart(6, '0'),
    )
    .replaceAll(/^peers \w+|peers \w+_peers/gm, (name) => `${name}${number}`)
    .replaceAll(
      /prometheus-exporter-internal(?:-endpoint)?|no-enabled-listener/g,
      (name) => `${name}-${number}`,
    );
