import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeRepository } from '../../../packaging/debian/debian-repository.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { type CopiedRoot, createCopiedRoot, type Ended } from '../../support/copied-root.ts';
import { documentedBlock } from '../../support/documented-block.ts';
import { createSigningKey, type SigningKey } from '../../support/signing-key.ts';
import { buildTestDeb, PACKAGE_TIME } from '../../support/test-package.ts';

const ADDRESS = 'cloud@operator.example';
const KEYRING = '/etc/apt/keyrings/amphora-agent-keyring.gpg';
const commands = createCommandRunner();

let directory: string;
/** The repository as `npm run package:deb` leaves it. */
let dist: string;
let box: CopiedRoot;
let key: SigningKey;
let server: Server;
let port: number;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'debian-repository-'));
  dist = path.join(directory, 'dist');
  await buildTestDeb({ version: '1.2.3', directory: dist });
  await writeRepository(commands, dist, PACKAGE_TIME);
  const store = path.join(directory, 'store');
  await mkdir(store);
  box = createCopiedRoot(store);
  await standInForKmod();
  key = await createSigningKey(ADDRESS);
  server = createServer((request, response) => {
    const file = path.join(dist, path.normalize(`/${request.url}`));
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(async () => {
  server.close();
  await key.remove();
  box.remove();
  await rm(directory, { recursive: true });
});

/** The only requirement of the package that not every machine has which runs these tests. */
async function standInForKmod(): Promise<void> {
  const tree = path.join(directory, 'kmod');
  await mkdir(path.join(tree, 'DEBIAN'), { recursive: true });
  const control = 'Package: kmod\nVersion: 99\nArchitecture: all\nMaintainer: x <x@y>\nDescription: x\n';
  await writeFile(path.join(tree, 'DEBIAN/control'), control);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, box.inside('/kmod.deb')]);
  const installed = await box.run('dpkg', '--install', '/kmod.deb');
  expect(installed.status, installed.said.join('\n')).toBe(0);
}

/** With this repository alone. */
async function apt(source: string, ...words: string[]): Promise<Ended> {
  await writeFile(box.inside('/etc/apt/amphora-agent.list'), `${source}\n`);
  const options = [
    'Dir::Etc::sourcelist=/etc/apt/amphora-agent.list',
    'Dir::Etc::sourceparts=-',
    'APT::Sandbox::User=root',
    'Acquire::http::Proxy=false',
    'Acquire::Retries=0',
    'APT::Update::Error-Mode=any',
  ].flatMap((option) => ['-o', option]);
  return box.run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '--yes', ...options, ...words);
}

async function installFrom(source: string): Promise<void> {
  const updated = await apt(source, 'update');
  expect(updated.status, updated.said.join('\n')).toBe(0);
  const installed = await apt(source, 'install', '--no-install-recommends', 'amphora-agent');
  expect(installed.status, installed.said.join('\n')).toBe(0);
  expect((await box.run('/usr/bin/amphora-agent', '--version')).said).toEqual(['1.2.3']);
}

function sign(): void {
  const block = documentedBlock('repository.md', 'test/integration/package/debian-repository.test.ts');
  const env = { ...process.env, ...key.environment };
  execFileSync('sh', ['-euc', block], { cwd: directory, env, stdio: 'pipe' });
}

describe('the repository beside the Debian package', () => {
  afterEach(async () => {
    await apt('', 'purge', 'amphora-agent');
    // apt takes lists that it has for newer than older ones, and refuses those that are no longer signed
    await box.run('sh', '-c', 'rm -rf /var/lib/apt/lists/*');
  });

  it('gives apt the package from a directory', async () => {
    await mkdir(box.inside('/srv/amphora-agent'));
    for (const name of ['Packages', 'Packages.gz', 'Release', `amphora-agent_1.2.3_${architecture()}.deb`]) {
      await copyFile(path.join(dist, name), box.inside(`/srv/amphora-agent/${name}`));
    }
    await installFrom('deb [trusted=yes] file:/srv/amphora-agent ./');
  });

  it('gives apt the package from a file server', async () => {
    await installFrom(`deb [trusted=yes] http://127.0.0.1:${port} ./`);
  });

  it('is refused without a signature by a machine that has a key', async () => {
    sign();
    await mkdir(path.dirname(box.inside(KEYRING)), { recursive: true });
    copyFileSync(path.join(dist, 'amphora-agent-keyring.gpg'), box.inside(KEYRING));
    for (const name of ['InRelease', 'Release.gpg']) await rm(path.join(dist, name));
    const { status, said } = await apt(signedSource(), 'update');
    expect(status).not.toBe(0);
    expect(said.join('\n')).toMatch(/not signed/);
  });

  it('is taken with the signature that docs/repository.md makes', async () => {
    sign();
    await installFrom(signedSource());
  });

  it('is refused when its lists were changed after they were signed', async () => {
    sign();
    const before = await readFile(path.join(dist, 'Packages'));
    await appendFile(path.join(dist, 'Packages'), '\n');
    await rm(path.join(dist, 'Packages.gz'));
    const { status, said } = await apt(signedSource(), 'update');
    expect(status).not.toBe(0);
    expect(said.join('\n')).toMatch(/mismatch|unexpected size/i);
    await writeFile(path.join(dist, 'Packages'), before);
  });

  it('has no signature of former lists when it is written again', async () => {
    sign();
    await writeRepository(commands, dist, PACKAGE_TIME + 1);
    for (const name of ['InRelease', 'Release.gpg'])
      expect(existsSync(path.join(dist, name)), name).toBe(false);
    await installFrom(`deb [trusted=yes] http://127.0.0.1:${port} ./`);
  });
});

const signedSource = (): string => `deb [signed-by=${KEYRING}] http://127.0.0.1:${port} ./`;
const architecture = (): string => (process.arch === 'arm64' ? 'arm64' : 'amd64');
