import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBalancerId } from '../../../../src/domain/ids.ts';
import { createPaths, type Paths } from '../../../../src/domain/paths.ts';
import { createFiles } from '../../../../src/host/files.ts';
import type { OperationContext } from '../../../../src/operations/context.ts';
import { type DriftKind, observeParts } from '../../../../src/operations/drift/drift-kind.ts';
import { lookForDrift } from '../../../../src/operations/drift/drift-look.ts';
import { createDriftState } from '../../../../src/operations/drift/drift-state.ts';
import { checkScriptParts } from '../../../../src/operations/drift/files/kept-check-scripts.ts';
import { comparePart } from '../../../../src/operations/drift/files/kept-part.ts';
import { writeCheckScripts } from '../../../../src/operations/keepalived/check-scripts.ts';
import { createObjectQueue } from '../../../../src/operations/object-queue.ts';
import { renderTemplate } from '../../../support/templates.ts';

const ID = loadBalancerId('3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f');
const files = createFiles();

describe('damage to the script that checks every haproxy', () => {
  let paths: Paths;
  let context: OperationContext;
  let known: Map<string, string>;
  let script: string;
  const logs: string[] = [];

  /** @returns undefined when the script can't be judged */
  const look = async () => {
    const part = checkScriptParts(context).find(({ object }) => object === script);
    if (part === undefined) throw new Error(`no part looks at ${script}`);
    return await comparePart(context, part, known);
  };
  const damages = async () => (await look())?.map(({ difference }) => difference);

  beforeEach(async () => {
    const base = await mkdtemp(path.join(tmpdir(), 'check script '));
    paths = createPaths({ basePath: base, baseCertDir: `${base}/certs`, agentServerNetworkDir: base });
    script = paths.vrrp.haproxyCheckScript;
    known = new Map();
    logs.length = 0;
    context = {
      ...{ paths, render: renderTemplate, queue: createObjectQueue(), drift: createDriftState() },
      logger: pino({}, { write: (line: string) => void logs.push(JSON.parse(line).msg) }),
      config: () => ({ topology: 'ACTIVE_STANDBY' }),
      host: {
        files,
        haproxyTexts: { read: () => Promise.resolve({ statsSocket: undefined }) },
        services: { state: () => Promise.resolve({ status: 'active', mainPid: 7 }) },
      },
    } as unknown as OperationContext;
    const { directory, config } = paths.loadBalancer(ID);
    await files.makeDirectory(directory);
    await files.write(config, 'global\n', { mode: 0o600 });
    await writeCheckScripts(context);
    expect(await damages()).toEqual([]);
  });

  afterEach(() => rm(paths.base, { recursive: true }));

  it('is seen when the first look after it came while a request worked on a load balancer', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const request = context.queue.run(ID, () => promise);
    await writeFile(script, 'exit 0\n');
    expect(await damages()).toBeUndefined();
    resolve();
    await request;
    expect(await damages()).toMatchObject([{ kind: 'file', object: script, repair: 'write the file' }]);
  });

  it('keeps its item while a request works on a load balancer', async () => {
    const kinds = ['unit', 'file', 'mode'];
    const kind: DriftKind = {
      kinds,
      observe: (_context, _lock, onUnseen) =>
        observeParts(
          checkScriptParts(context).map((part) => ({
            ...{ kinds, lock: part.lock, object: part.object },
            observe: () => comparePart(context, part, known),
          })),
          onUnseen,
        ),
    };
    const shown = async (): Promise<string[]> => {
      await lookForDrift(context, [kind], 'report', 0);
      return context.drift.items().map(({ object }) => object);
    };
    await writeFile(script, 'exit 0\n');
    await shown();
    expect(await shown()).toEqual([script]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const request = context.queue.run(ID, () => promise);
    expect(await shown()).toEqual([script]);
    resolve();
    await request;
    expect(await shown()).toEqual([script]);
    await writeCheckScripts(context);
    expect(await shown()).toEqual([]);
    expect(logs).toEqual(['drift found', 'drift ended']);
  });

  it.each(['|| true', '& exit 0', '; true', '>/dev/null'])(
    'is seen and repaired after "%s" at the end of its check',
    async (edit) => {
      const whole = (await files.readText(script)) ?? '';
      await writeFile(script, whole.replace(/^haproxy-vrrp-check .*$/m, `$& ${edit}`));
      const [found] = (await look()) ?? [];
      expect(found?.difference).toMatchObject({ object: script, seen: 'another text' });
      await found?.repair?.();
      expect(await files.readText(script)).toBe(whole);
      expect(await damages()).toEqual([]);
    },
  );

  it('is seen in a script with a socket that needs quotes', async () => {
    expect(await files.readText(script)).toMatch(/^haproxy-vrrp-check '.*'$/m);
    await appendFile(script, '# edited\n');
    expect(await damages()).toMatchObject([{ object: script, seen: 'another text' }]);
  });
});
