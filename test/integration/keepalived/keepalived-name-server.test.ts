import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEEPALIVED_ENVIRONMENT, keepalivedTest } from '../../../src/domain/service-definitions.ts';

/**
 * A machine whose name stands in no file, with a name server that takes questions and never answers.
 * Arguments: its directory, and the command that runs there.
 */
const MACHINE = `set -eu
cd "$1"
shift
ip link set lo up
hostname amphora-without-an-entry
echo 'nameserver 127.0.0.1' >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
: >questions
socat -u UDP-RECV:53,bind=127.0.0.1 OPEN:questions,append &
until ss --udp --listening --numeric | grep -q 127.0.0.1:53; do sleep 0.05; done
"$@" || true
kill $!
`;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'name-server-'));
  await writeFile(path.join(directory, 'keepalived.conf'), 'global_defs {\n}\n');
});

afterAll(() => rm(directory, { recursive: true }));

/** @returns how many bytes of questions the name server got while keepalived read a configuration */
async function questions(environment: Readonly<Record<string, string>>): Promise<number> {
  const machine = ['--uts', '--net', '--mount', '--', 'sh', '-c', MACHINE, 'machine', directory];
  await promisify(execFile)('unshare', [...machine, ...keepalivedTest('keepalived.conf')], {
    env: { ...process.env, ...environment },
    timeout: 60_000,
  });
  return (await readFile(path.join(directory, 'questions'))).length;
}

it('a keepalived of the agent asks no name server, so that a silent one does not hold it up', async () => {
  expect(await questions({ RES_OPTIONS: 'timeout:1 attempts:1' })).toBeGreaterThan(0);
  expect(await questions(KEEPALIVED_ENVIRONMENT)).toBe(0);
});
