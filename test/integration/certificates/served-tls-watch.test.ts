import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPki, issueCertificate, type Pki } from '../../../sandbox/controller/pki.ts';
import { watchFiles } from '../../../src/host/file-watch.ts';
import { createFiles } from '../../../src/host/files.ts';
import { createServedTls } from '../../../src/http/server/served-tls.ts';
import { noWatches } from '../../support/no-watches.ts';

let directory: string;
let pki: Pki;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'served-'));
  pki = await createPki(directory);
});

afterAll(() => rm(directory, { recursive: true }));

it("the agent's certificate is served again after its file changed, also if the kernel reports no changes", async () => {
  const issue = (name: string): Promise<string> =>
    issueCertificate(pki.serverAuthority, directory, { name, commonName: 'amphora', purpose: 'server' });
  const agentServerCert = path.join(directory, 'served.pem');
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
  const tls = await createServedTls(createFiles(), config, 'amphora-agent.conf', logger);
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
