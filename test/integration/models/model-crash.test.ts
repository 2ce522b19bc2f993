import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPki } from '../../../sandbox/controller/pki.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { amphoraId, loadBalancerId } from '../../../src/domain/ids.ts';
import { createPaths } from '../../../src/domain/paths.ts';
import { SocketSilent } from '../../../src/errors.ts';
import { createFiles, type Files } from '../../../src/host/files.ts';
import { createHaproxyTexts } from '../../../src/host/haproxy/haproxy-texts.ts';
import type { Host } from '../../../src/host/host.ts';
import { createSystemInfo } from '../../../src/host/system-info.ts';
import { removeStrayCertificates } from '../../../src/operations/certificates/model-certificates.ts';
import type { OperationContext } from '../../../src/operations/context.ts';
import { uploadHaproxy } from '../../../src/operations/haproxy/upload.ts';
import { createObjectQueue } from '../../../src/operations/object-queue.ts';
import { readHaproxyModel } from '../../../src/operations/stored-configs.ts';
import { freshState } from '../../support/fresh-state.ts';
import { fixedSettings } from '../../support/http/fixed-settings.ts';
import { tlsContainerJson } from '../../support/models/lab-models.ts';
import { LOAD_BALANCER, listenerJson, loadBalancerJson } from '../../support/models/models.ts';
import { renderTemplate } from '../../support/templates.ts';

const AMPHORA = amphoraId('3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f');

describe('an agent that is killed during the upload of a model', () => {
  let directory: string;
  let context: OperationContext;
  let older: object;
  let newer: object;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'model-crash-'));
    const world = { pki: await createPki(directory) };
    const [www, other, third] = await Promise.all(
      ['www', 'other', 'third'].map((name) => tlsContainerJson(world, name)),
    );
    older = terminated(www, other);
    newer = terminated(third, other);
    const base = path.join(directory, 'octavia');
    const { config } = loadConfig(
      'agent.conf',
      `[haproxy_amphora]\nbase_path = ${base}\nbase_cert_dir = ${base}/certs\n[amphora_agent]\namphora_id = ${AMPHORA}\n`,
    );
    context = {
      ...freshState(),
      configFile: '/etc/octavia/amphora-agent.conf',
      config: () => config,
      paths: createPaths(config),
      host: hostWith(createFiles()),
      logger: pino({ level: 'silent' }),
      render: renderTemplate,
      own: fixedSettings(config),
      version: '0.0.0',
    };
  });

  afterAll(() => rm(directory, { recursive: true }));

  const terminated = (standard: object | undefined, other: object | undefined): object =>
    loadBalancerJson({
      listeners: [
        listenerJson({
          protocol: 'TERMINATED_HTTPS',
          default_tls_container_data: standard,
          sni_container_data: [other],
        }),
      ],
    });
  const upload = (host: Host, model: object) =>
    uploadHaproxy(
      { ...context, host, queue: createObjectQueue() },
      {
        version: '1.0',
        amphora: AMPHORA,
        id: loadBalancerId(LOAD_BALANCER),
        body: Buffer.from(JSON.stringify(model)),
        model,
      },
    );

  /** Returns the stored files of the load balancer by name: the configuration, its certificates, its model. */
  const state = async () => {
    const at = context.paths.loadBalancer(loadBalancerId(LOAD_BALANCER));
    const model = await readHaproxyModel(context, '1.0', loadBalancerId(LOAD_BALANCER));
    return {
      config: await readFile(at.config, 'utf8'),
      certificates: (await readdir(at.modelCertificates)).sort(),
      all: await readdir(context.paths.certificates),
      model,
    };
  };

  it('has the older configuration with all its files, or the newer one, wherever it was killed', async () => {
    await upload(context.host, newer);
    const after = await state();
    await upload(context.host, older);
    const before = await state();
    expect(before.certificates).toHaveLength(3);
    expect(before.certificates).not.toEqual(after.certificates);

    const ends = new Set<string>();
    for (let steps = 0; ; steps += 1) {
      await upload(context.host, older);
      const { host, isDead } = hostThatDiesAfter(steps);
      await upload(host, newer).catch(() => undefined);
      if (!isDead()) break;
      await removeStrayCertificates(context);
      const found = await state();
      expect([before, after]).toContainEqual(found);
      ends.add(found.config === before.config ? 'older' : 'newer');
    }
    expect(ends).toEqual(new Set(['older', 'newer']));
    expect(await state()).toEqual(after);
  });
});

/** A host without a running haproxy, whose services do nothing and whose check accepts every configuration. */
function hostWith(files: Files): Host {
  const commands = { run: async () => ({ exitCode: 0, stdout: '', stderr: '', output: '' }) };
  const services = { install: async () => undefined, enable: async () => undefined };
  const haproxy = {
    ask: async (socket: string) => {
      throw new SocketSilent(socket, 'there is none', true);
    },
  };
  const openFiles = { mostOfStarted: async () => undefined };
  const system = createSystemInfo(files, commands);
  const haproxyTexts = createHaproxyTexts(files);
  return { files, commands, services, haproxy, haproxyTexts, openFiles, system } as unknown as Host;
}

/** Returns a host whose disk cannot be changed any more after so many changes, not even by a clean-up. */
function hostThatDiesAfter(steps: number): { readonly host: Host; readonly isDead: () => boolean } {
  let left = steps;
  const files = createFiles();
  const changing = new Set(['write', 'rename', 'makeDirectory', 'remove']);
  const dying = new Proxy(files, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || !changing.has(String(name))) return method;
      return async (...args: unknown[]) => {
        left -= 1;
        if (left < 0) throw new Error('killed');
        return Reflect.apply(method, target, args);
      };
    },
  });
  return { host: hostWith(dying), isDead: () => left < 0 };
}
