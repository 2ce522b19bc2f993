import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepalivedComplaints } from '../../../src/domain/keepalived/keepalived-complaints.ts';
import { unsafeKeepalivedLines } from '../../../src/domain/keepalived/unsafe-keepalived.ts';
import { ipVersion } from '../../../src/domain/network/addresses.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { InvalidInput } from '../../../src/errors.ts';
import { makeInterface, makeNamespace, removeNamespace } from '../../support/amphora/amphora-services.ts';
import { lvsModels, type VrrpJson, vrrpModels } from '../../support/keepalived/keepalived-arbitraries.ts';
import { GOLDEN, lvsText, vrrpText } from '../../support/keepalived/rendered-keepalived.ts';

/** Each run starts keepalived once, which takes 10 to 20 ms. */
const RUNS = 150;

let directory: string;

beforeAll(async () => {
  makeNamespace();
  makeInterface();
  directory = await mkdtemp(path.join(tmpdir(), 'rendered-keepalived-'));
});

afterAll(async () => {
  removeNamespace();
  await rm(directory, { recursive: true });
});

/** Returns the output of keepalived about a configuration, with its namespace and eth1. */
async function complaints(text: string): Promise<string[]> {
  const file = path.join(directory, 'keepalived.conf');
  await writeFile(file, text);
  const argv = ['netns', 'exec', AMPHORA_NAMESPACE, 'keepalived', '--config-test', '-f', file];
  const { stdout, stderr } = await promisify(execFile)('ip', argv).catch((failure) => failure);
  return keepalivedComplaints(`${stdout}${stderr}`);
}

const golden = async (): Promise<string[]> =>
  (
    await Promise.all(
      ['vrrp', 'lvs'].map(async (kind) =>
        (await readdir(path.join(GOLDEN, kind))).map((name) => `${kind}/${name}`),
      ),
    )
  ).flat();

describe('keepalived', () => {
  it('accepts every golden file', async () => {
    const files = await golden();
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      expect(await complaints(await readFile(path.join(GOLDEN, file), 'utf8')), file).toEqual([]);
    }
  });

  it.each([
    ['vrrp/pair.conf', / via /, ' gateway '],
    ['lvs/dual-stack.conf', /granularity 128/, 'granularity 255.255.0.0'],
    ['lvs/http-get.conf', /path .*/, 'path /{'],
  ])('reports the fault in a changed %s', async (file, from, to) => {
    const text = await readFile(path.join(GOLDEN, file), 'utf8');
    expect(await complaints(text.replace(from, to))).not.toEqual([]);
  });
});

/** Returns the lines that begin with a word, without that word. */
const behind = (text: string, word: string): string[] =>
  [...text.matchAll(new RegExp(`^ *${word} (.*)$`, 'gm'))].map(([, rest = '']) => rest);

/** @returns undefined if the model is refused */
function rendered<Json>(render: (json: Json) => string, json: Json): string | undefined {
  try {
    return render(json);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    expect(error.message).toMatch(/^[a-z_]+[[\].\w]*: .+$/m);
    return undefined;
  }
}

describe('a random keepalived model', () => {
  const block = (text: string, name: string): string[] =>
    (new RegExp(`^    ${name} \\{\\n([^}]*)`, 'm').exec(text)?.[1] ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');

  it('of VRRP is refused or rendered with all its sections', async () => {
    let accepted = 0;
    const check = async (json: VrrpJson): Promise<void> => {
      const text = rendered(vrrpText, json);
      if (text === undefined) return;
      accepted += 1;
      expect(await complaints(text)).toEqual([]);
      expect(unsafeKeepalivedLines(text, ['/var/lib/octavia'])).toEqual([]);
      expect(text.match(/^\S.*\{$/gm)).toEqual([
        'global_defs {',
        'vrrp_script check_script {',
        `vrrp_instance ${json.instance} {`,
      ]);
      const addresses = json.vips.map(({ ip_address }) => ip_address);
      const isOwn = (address: string): boolean => ipVersion(address) === ipVersion(json.unicast_src_ip);
      expect(block(text, 'virtual_ipaddress')).toEqual(addresses.filter(isOwn));
      expect(block(text, 'virtual_ipaddress_excluded')).toEqual(addresses.filter((one) => !isOwn(one)));
      expect(block(text, 'virtual_rules')).toHaveLength(addresses.length);
      expect(block(text, 'unicast_peer').length).toBeGreaterThan(0);
    };
    await fc.assert(fc.asyncProperty(vrrpModels, check), { numRuns: RUNS });
    expect(accepted).toBeGreaterThan(RUNS / 4);
  });

  it('of a UDP or SCTP listener is refused or rendered with all its sections', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(lvsModels, async ({ json, members }) => {
        const text = rendered(lvsText, json);
        if (text === undefined) return;
        accepted += 1;
        expect(await complaints(text)).toEqual([]);
        expect(unsafeKeepalivedLines(text, ['/var/lib/octavia'])).toEqual([]);
        expect(behind(text, 'real_server')).toEqual(members.map((member) => `${member} {`));
        expect(behind(text, 'virtual_server_group')).toEqual(['ipv4-group {', 'ipv6-group {']);
      }),
      { numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(RUNS / 4);
  });
});
