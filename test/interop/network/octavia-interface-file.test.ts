import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseInterfaceFile, serializeInterfaceFile } from '../../../src/domain/network/interface-file.ts';
import { planVip } from '../../../src/domain/network/interface-plan.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createFiles } from '../../../src/host/files.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { plugExamples } from '../../support/network/plug-examples.ts';

const SCRIPT = path.resolve(import.meta.dirname, 'octavia_interface_file.py');
const TIMEOUT_MS = 120_000;

/** octavia-agent 11.0.0 fails on the absence of lists that may be absent. */
const complete = (body: object): object => ({ host_routes: [], additional_vips: [], ...body });

const cases = (['SINGLE', 'ACTIVE_STANDBY'] as const).flatMap((topology) =>
  plugExamples.map(({ name, vip, body }) => ({
    name: `${name} in ${topology}`,
    topology,
    vip,
    body: complete(body),
  })),
);

const written = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'octavia-interface-'));
  const idle = path.join(directory, 'amphora-interface');
  await writeFile(idle, '#!/bin/sh\n');
  await chmod(idle, 0o755);
  const { stdout } = await createCommandRunner().run(['/usr/bin/python3', SCRIPT], {
    timeoutMs: TIMEOUT_MS,
    input: cases.map(({ topology, vip, body }) => `${JSON.stringify([topology, vip, body])}\n`).join(''),
    env: { PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin` },
  });
  const files = stdout.trim().split('\n');
  for (const [index, { name }] of cases.entries()) written.set(name, JSON.parse(files[index] ?? ''));
  await rm(directory, { recursive: true });
});

afterAll(async () => {
  for (const leftover of ['/etc/octavia/interfaces', '/var/lib/octavia/plugged_interfaces']) {
    await createFiles().remove(leftover);
  }
});

describe("the interface file of Octavia's own agent", () => {
  it.each(cases)(
    'equals the interface file of this agent in order and spelling: $name',
    ({ name, topology, vip, body }) => {
      const { scripts: _theirScripts, ...theirs } = written.get(name) ?? {};
      const plan = planVip(parsePlugVip(vip, body), topology);
      const { scripts, if_type: type, is_sriov: isSriov, ...ours } = JSON.parse(serializeInterfaceFile(plan));

      expect(ours).toEqual(theirs);
      expect({ type, isSriov, scripts }).toEqual({
        type: 'vip',
        isSriov: false,
        scripts: { up: [], down: [] },
      });
    },
  );

  it.each(cases)('is read as the same plan: $name', ({ name, topology, vip, body }) => {
    const reading = parseInterfaceFile(JSON.stringify({ ...written.get(name), scripts: {} }));
    expect(reading).toEqual({ value: planVip(parsePlugVip(vip, body), topology) });
  });
});
