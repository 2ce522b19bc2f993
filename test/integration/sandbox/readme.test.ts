import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import {
  type AmphoraLab,
  fetchThroughVip,
  first,
  type LabAmphora,
  startAmphoraLab,
} from '../../support/amphora/amphora-lab.ts';

const README = readFileSync('README.md', 'utf8');

/** The first block of a language behind a heading. */
function block(heading: string, language: string): string {
  const [, section = ''] = README.split(`\n## ${heading}\n`);
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]+?)\`\`\``).exec(section)?.[1];
  if (found === undefined) throw new Error(`no ${language} behind "${heading}" in the README`);
  return found;
}

describe("the README's load balancer from nothing", () => {
  let world: AmphoraLab;
  let amphora: LabAmphora;

  beforeAll(async () => {
    world = await startAmphoraLab({ members: 2 });
    amphora = first(world.amphorae);
  });

  afterAll(() => world?.close());

  it('serves after its three lines, with its file, as they stand there', async () => {
    const model = block('A load balancer from nothing', 'json');
    await writeFile(path.join(world.directory, 'lb.json'), model);
    const ask = /^ask\(\) .*$/m.exec(README)?.[0] ?? '';
    const { macAddress } = await amphora.plugNic('vip');
    const lines = block('A load balancer from nothing', 'sh').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    const script = [
      'set -eu',
      `cd ${world.directory}`,
      `D=${world.pki.directory} A=https://${amphora.address}:${amphora.port} MAC=${macAddress}`,
      `AMP=${amphora.id} LB=${JSON.parse(model).loadbalancer_id}`,
      ask,
      ...lines,
    ];
    const { stdout } = await runProgram(['sh', '-c', script.join('\n')]);
    const answers = stdout.trimEnd().split('\n');
    expect(answers.map((answer) => JSON.parse(answer).message)).toEqual(['OK', 'OK', 'OK']);
    const served = await Promise.all(
      Array.from({ length: 6 }, () => fetchThroughVip(world.lab, '10.0.1.100')),
    );
    expect(new Set(served).size).toBe(2);
    expect(served).not.toContain(undefined);
  });
});
