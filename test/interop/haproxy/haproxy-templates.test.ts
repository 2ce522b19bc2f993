import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../sandbox/controller/pki.ts';
import { unsafeHaproxyLines } from '../../../src/domain/haproxy/unsafe-haproxy.ts';
import { loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import { renderHaproxy } from '../../../src/render/haproxy/render-haproxy.ts';
import { parseLoadBalancerModel } from '../../../src/schemas/models/parse.ts';
import { modelCertificate } from '../../support/certificates/model-certificates.ts';
import { DIFFERENCES, type Difference } from '../../support/haproxy/haproxy-differences.ts';
import { directivesOf } from '../../support/haproxy/haproxy-directives.ts';
import { comparedModels } from '../../support/models/compared-models.ts';
import { renderTemplate } from '../../support/templates.ts';

const PYTHON = '/usr/bin/python3';
const paths = createPaths({
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  agentServerNetworkDir: '/etc/octavia/interfaces',
});

let directory: string;
let models: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
let octavia: ReadonlyMap<string, string>;
const used = new Set<Difference>();

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'haproxy-templates-'));
  const authority = await createAuthority(directory, 'servers');
  const { container } = await modelCertificate(authority, directory, { names: ['www.example.com'] });
  models = comparedModels(container, readFileSync(authority.certificate, 'utf8'));
  const script = path.join(import.meta.dirname, 'octavia_haproxy.py');
  const input = JSON.stringify([...models.values()]);
  const texts: string[] = JSON.parse(execFileSync(PYTHON, [script], { input, stdio: 'pipe' }).toString());
  octavia = new Map([...models.keys()].map((name, index) => [name, texts[index] ?? '']));
});
afterAll(() => rm(directory, { recursive: true }));

function ours(json: unknown): string {
  const model = parseLoadBalancerModel(json);
  return renderHaproxy(renderTemplate, model, {
    haproxy: paths.loadBalancer(loadBalancerId(model.loadbalancer_id)),
    logSocket: '/run/rsyslog/octavia/log',
    userLogFacility: 0,
    administrativeLogFacility: 1,
    pingCommand: '/var/lib/octavia/ping-wrapper.sh',
    machine: { memoryKib: 4_000_000, cpuCount: 4, tunedProfiles: 'amphora', tlsCacheMib: 512 },
  }).text;
}

/** Returns the directives that no listed difference explains. */
function unexplained(directives: readonly string[], side: 'ours' | 'octavia'): string[] {
  return directives.filter((directive) => {
    const reason = DIFFERENCES.find((difference) => difference[side]?.test(directive));
    if (reason !== undefined) used.add(reason);
    return reason === undefined;
  });
}

describe("our haproxy.cfg differs from Octavia's in the listed improvements only: ", () => {
  it.each([...comparedModels({}, '').keys()])('%s', (name) => {
    const own = directivesOf(ours(models.get(name)));
    const theirs = directivesOf(octavia.get(name) ?? '');
    expect(own.length).toBeGreaterThan(20);
    expect(
      unexplained(
        own.filter((line) => !theirs.includes(line)),
        'ours',
      ),
    ).toEqual([]);
    expect(
      unexplained(
        theirs.filter((line) => !own.includes(line)),
        'octavia',
      ),
    ).toEqual([]);
  });

  it('and neither is refused as unsafe', () => {
    for (const [name, model] of models) {
      const { loadbalancer_id: id } = parseLoadBalancerModel(model);
      for (const text of [ours(model), octavia.get(name) ?? '']) {
        expect(unsafeHaproxyLines(text, paths.loadBalancer(loadBalancerId(id))), name).toEqual([]);
      }
    }
  });

  it('and each listed improvement occurs', () => {
    expect(DIFFERENCES.filter((difference) => !used.has(difference)).map(({ why }) => why)).toEqual([]);
  });
});
