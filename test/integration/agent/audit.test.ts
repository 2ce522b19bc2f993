import { createHash, X509Certificate } from 'node:crypto';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import { FILE_BYTES } from '../../../src/domain/audit/audit-files.ts';
import type { AuditedRequest } from '../../../src/domain/audit/audit-line.ts';
import { createAuditLog } from '../../../src/host/audit-log.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { connectTls } from '../../support/certificates/tls-client.ts';

const AUDIT = '/var/lib/octavia/audit';
const MONITOR_CA_FILE = '/etc/octavia/certs/monitor_ca.pem';
const DEADLINE_MS = 30_000;

describe('the audit log of an agent', () => {
  const { world, amphora, ask, must, balancer } = useAmphoraLab({ members: 1 });
  let monitor: string;

  beforeAll(async () => {
    const authority = await createAuthority(world.pki.directory, 'monitor-ca');
    const request = { name: 'monitor', commonName: 'prometheus', purpose: 'client' } as const;
    monitor = await readFile(await issueCertificate(authority, world.pki.directory, request), 'utf8');
    await writeFile(amphora.box.file(MONITOR_CA_FILE), await readFile(authority.certificate));
    await amphora.stopAgent();
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const changed = config.replace('[amphora_agent]\n', `$&agent_monitor_ca = ${MONITOR_CA_FILE}\n`);
    await writeFile(amphora.box.file(AGENT_CONFIG_FILE), changed, { mode: 0o600 });
    await amphora.startAgent();
  });

  const linesOf = async (file: string): Promise<Record<string, unknown>[]> =>
    (await amphora.readText(file))
      .trimEnd()
      .split('\n')
      // without the half line that a test leaves
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line));
  const newest = (): Promise<Record<string, unknown>[]> => linesOf(`${AUDIT}/audit-000001.jsonl`);
  const verify = async (...args: readonly string[]) => {
    const { exitCode, stdout } = await amphora.exec(['amphora-agent', 'audit', 'verify', ...args], {
      okCodes: [0, 1, 2],
    });
    return { exitCode, output: stdout };
  };
  const eventually = (what: () => unknown) => expect.poll(what);
  const pathOf = (suffix: string): string => `/1.0/loadbalancer/${suffix}`;

  it('does not exist before the first change', async () => {
    await must('GET', '/1.0/info');
    expect((await verify()).exitCode).toBe(2);
  });

  it('has each change with its client, digest and result, and no content', async () => {
    const text = haproxyConfigText(balancer);
    const upload = pathOf(`${amphora.id}/${balancer.id}/haproxy`);
    await must('PUT', upload, { text });
    await ask('PUT', upload, { text: 'garbage' });
    await must('DELETE', `/1.0/listeners/${balancer.id}`);
    const certificate = new X509Certificate(await readFile(world.pki.client));
    const client = {
      authority: 'controller',
      subject: certificate.subject,
      serial: certificate.serialNumber,
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    };
    const sha256 = createHash('sha256').update(text).digest('hex');
    await eventually(newest).toMatchObject([
      {
        number: 1,
        client,
        method: 'PUT',
        path: upload,
        status: 202,
        body: { bytes: text.length, sha256 },
        change: { added: text.trimEnd().split('\n').length, removed: 0 },
      },
      { number: 2, client, method: 'PUT', path: upload, status: 400, body: { bytes: 7 } },
      { number: 3, client, method: 'DELETE', path: `/1.0/listeners/${balancer.id}`, status: 200 },
    ]);
    expect(await amphora.readText(`${AUDIT}/audit-000001.jsonl`)).not.toContain('frontend');
    const file = amphora.box.file(`${AUDIT}/audit-000001.jsonl`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await verify()).toMatchObject({ exitCode: 0, output: expect.stringContaining('whole; 3 lines') });
  });

  it('has what a client for monitoring was refused, and nothing of its reads', async () => {
    const client = await connectTls(world, amphora, { cert: monitor, key: monitor });
    expect(await client.ask()).toBe(200);
    client.close();
    const refused = await connectTls(world, amphora, { cert: monitor, key: monitor });
    expect(await refused.ask('/1.0/info')).toBe(403);
    refused.close();
    await eventually(newest).toHaveLength(4);
    for (let count = 0; count < 3; count += 1) {
      const again = await connectTls(world, amphora, { cert: monitor, key: monitor });
      expect(await again.ask('/1.0/info')).toBe(403);
      again.close();
    }
    // a later line shows that the refused requests had none
    await must('DELETE', `/1.0/listeners/${balancer.id}`);
    await eventually(newest).toHaveLength(5);
    expect((await newest()).at(-1)).toMatchObject({ method: 'DELETE', client: { authority: 'controller' } });
    expect((await newest()).at(3)).toMatchObject({
      client: { authority: 'monitor', subject: 'CN=prometheus' },
      ...{ method: 'GET', path: '/1.0/info', status: 403 },
    });
  });

  it('goes on behind half a line after a kill, and the log of the agent has the same lines', async () => {
    await amphora.stopAgent('SIGKILL');
    const file = amphora.box.file(`${AUDIT}/audit-000001.jsonl`);
    await writeFile(file, '{"number":6,"ti', { flag: 'a' });
    await amphora.startAgent();
    await must('DELETE', `/1.0/listeners/${balancer.id}`);
    await eventually(async () => (await verify()).output).toContain('7 lines, 1 to 7');
    expect((await verify()).output).toContain('note: audit-000001.jsonl:6: half a line');
    const logged = amphora
      .agentLog()
      .split('\n')
      .filter((line) => line.includes('"audited request"'))
      .map((line) => JSON.parse(line));
    expect(logged.map(({ audit }: { audit: AuditedRequest }) => audit.status)).toEqual([
      202, 400, 200, 403, 200, 200,
    ]);
    for (const { hash } of logged) expect((await verify('--expect', hash)).exitCode).toBe(0);
  });

  it('is rotated, and shows that its end was cut off', async () => {
    await amphora.stopAgent();
    const filler = createAuditLog(amphora.box.file(AUDIT), pino({ level: 'silent' }));
    const [line] = (await newest()) as unknown as AuditedRequest[];
    if (line === undefined) throw new Error('no line');
    const { time, client, method, path, status, milliseconds } = line;
    for (let size = 0; size < FILE_BYTES; size += 400 * 900) {
      for (let count = 0; count < 900; count += 1)
        filler.add({ time, client, method, path, status, milliseconds });
      await filler.flushed(DEADLINE_MS);
    }
    await amphora.startAgent();
    await must('DELETE', `/1.0/listeners/${balancer.id}`);
    const second = `${AUDIT}/audit-000002.jsonl`;
    await eventually(() => linesOf(second).catch(() => [])).toHaveLength(1);
    expect((await verify()).exitCode).toBe(0);
    await truncate(amphora.box.file(second), 0);
    expect(await verify(AUDIT)).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/^the end: line \d+ is missing/),
    });
    await must('DELETE', `/1.0/listeners/${balancer.id}`);
    await eventually(() => linesOf(second).catch(() => [])).toHaveLength(2);
    expect((await linesOf(second))[0]).toMatchObject({ event: 'missing lines' });
    expect((await verify()).exitCode).toBe(1);
  });
});
