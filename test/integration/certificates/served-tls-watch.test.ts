import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPki, issueCertificate, type Pki } from '../../../sandbox/controller/pki.ts';
import { watchFiles } from '../../../src/host/file-watch.ts';
import { createFiles, type Files } from '../../../src/host/files.ts';
import { createServedTls } from '../../../src/http/server/served-tls.ts';
import { noWatches } from '../../support/no-watches.ts';

let directory: string;
let pki: Pki;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'served-'));
  pki = await createPki(directory);
});

afterAll(() => rm(directory, { recursive: true }));

/** Serves a certificate whose file is a copy of another one. */
async function serve(name: string, files: Files = createFiles()) {
  const agentServerCert = path.join(directory, `${name}.pem`);
  const issue = (issued: string): Promise<string> =>
    issueCertificate(pki.serverAuthority, directory, {
      ...{ name: `${name}-${issued}`, commonName: 'amphora', purpose: 'server' },
    });
  const [first, second] = [await issue('first'), await issue('second')];
  await copyFile(first, agentServerCert);
  const config = {
    agentServerCert,
    agentServerCa: pki.clientAuthority.certificate,
    agentClientCrl: undefined,
    agentMonitorCa: undefined,
    minTlsVersion: 'TLSv1.2',
  } as const;
  const logger = pino({ level: 'silent' });
  const tls = await createServedTls(files, config, 'amphora-agent.conf', logger);
  return { agentServerCert, second, tls, logger };
}

it("the agent's certificate is served again after its file changed, also if the kernel reports no changes", async () => {
  const { agentServerCert, second, tls, logger } = await serve('watched');
  expect(tls.files).toEqual([agentServerCert, pki.clientAuthority.certificate]);
  const before = tls.current().chain;
  const stop = watchFiles(tls.files, () => void tls.refresh(), logger, {
    startWatch: noWatches,
    blindMs: 20,
  });
  await copyFile(second, agentServerCert);
  await expect.poll(() => tls.current().chain).not.toBe(before);
  stop();
  expect(await readFile(second, 'utf8')).toContain(tls.current().chain.trim());
});

it("the agent's certificate counts as changed until its file is served, also while it is refused", async () => {
  const { agentServerCert, second, tls } = await serve('changed');
  expect(await tls.isChanged()).toBe(false);
  await writeFile(agentServerCert, 'no certificate');
  expect(await tls.isChanged()).toBe(true);
  await tls.refresh();
  expect(await tls.isChanged()).toBe(true);
  await copyFile(second, agentServerCert);
  await tls.refresh();
  expect(await tls.isChanged()).toBe(false);
  expect(await readFile(second, 'utf8')).toContain(tls.current().chain.trim());
});

it("only one look at the agent's files waits for a disk that hangs, and each look sees what changed before it", async () => {
  const disk = { ...createFiles(), looks: 0, hangs: Promise.resolve() };
  const { agentServerCert, second, tls } = await serve('hanging', {
    ...disk,
    async fingerprint(file) {
      disk.looks += 1;
      await disk.hangs;
      return createFiles().fingerprint(file);
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  Object.assign(disk, { looks: 0, hangs: promise });
  const first = tls.isChanged();
  await copyFile(second, agentServerCert);
  const later = tls.isChanged();
  await delay(50);
  expect(disk.looks).toBe(1);
  resolve();
  await first;
  expect(await later).toBe(true);
});
