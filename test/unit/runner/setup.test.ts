import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../repository.ts';
import { selfSigned } from '../../support/certificates/self-signed.ts';

/** Stands for a Node that is too old for our packages. */
const OLD_NODE = `#!/bin/sh\n[ "$1" = --version ] && echo v18.20.4 || exec ${process.execPath} "$@"\n`;
const NODE_PACKAGE = `node-linux-${process.arch}`;
const PACKAGE = { name: 'x', version: '1.0.0', dependencies: { 'left-out': '1.0.0' } };
const LOCK = {
  name: 'x',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': PACKAGE,
    'node_modules/left-out': { version: '1.0.0', integrity: 'sha512-AAAA' },
  },
};

describe('a set-up whose npm ci fails', () => {
  let directory: string;
  let server: Server;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'setup-'));
    await mkdir(path.join(directory, '.ci'));
    await copyFile(path.join(REPOSITORY, '.ci/setup'), path.join(directory, '.ci/setup'));
    await writeFile(path.join(directory, 'package.json'), JSON.stringify(PACKAGE));
    await writeFile(path.join(directory, 'package-lock.json'), JSON.stringify(LOCK));
    server = createServer(selfSigned(directory), (_, response) => response.end('{}'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });

  /** @returns the output of the set-up, with the server as npm's registry, and programs of that directory before all others */
  function setUp(registry: string, programs?: string): Promise<{ code: unknown; text: string }> {
    const npm = {
      npm_config_registry: registry,
      npm_config_fetch_retries: '0',
      npm_config_cache: path.join(directory, 'cache'),
      npm_config_strict_ssl: `${programs === undefined}`,
    };
    const PATH = [programs, process.env['PATH']].filter(Boolean).join(':');
    const environment = { PATH, HOME: directory, ...npm };
    return new Promise((resolve) => {
      execFile('sh', ['.ci/setup', 'npm'], { cwd: directory, env: environment }, (error, _, stderr) => {
        resolve({ code: error?.code, text: stderr });
      });
    });
  }

  const port = (): number => (server.address() as AddressInfo).port;

  it('reports an untrusted certificate of the registry', async () => {
    const { code, text } = await setUp(`https://127.0.0.1:${port()}/`);
    expect(code).toBe(1);
    expect(text).toContain('npm does not trust the certificate of its registry');
    expect(text).toContain('self-signed certificate');
  });

  it('reports a Node in the registry that is not the one of the lock file', async () => {
    const programs = path.join(directory, 'programs');
    await mkdir(programs);
    await writeFile(path.join(programs, 'node'), OLD_NODE, { mode: 0o755 });
    const packages = { [`node_modules/${NODE_PACKAGE}`]: { version: '1.0.0', integrity: 'sha512-AAAA' } };
    await writeFile(path.join(directory, 'package-lock.json'), JSON.stringify({ ...LOCK, packages }));
    const tarball = gzipSync('');
    const registry = `https://127.0.0.1:${port()}/`;
    const dist = { tarball: `${registry}x.tgz`, shasum: createHash('sha1').update(tarball).digest('hex') };
    const versions = { '1.0.0': { name: NODE_PACKAGE, version: '1.0.0', dist } };
    const list = JSON.stringify({ name: NODE_PACKAGE, versions });
    server.removeAllListeners('request').on('request', ({ url }, response) => {
      response.end(url === '/x.tgz' ? tarball : list);
    });
    const { code, text } = await setUp(registry, programs);
    expect(text).toContain(`the npm registry has another ${NODE_PACKAGE} 1.0.0 than package-lock.json`);
    expect(code).toBe(1);
  });

  it('reports a registry that is not reachable', async () => {
    const closed = port();
    server.close();
    const { code, text } = await setUp(`http://127.0.0.1:${closed}/`);
    expect(code).toBe(1);
    expect(text).toContain(`the npm registry is not reachable (http://127.0.0.1:${closed}/)`);
  });
});
