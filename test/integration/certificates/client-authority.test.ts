import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_CA_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { createBareClient } from '../../support/certificates/bare-certificates.ts';
import { connectTls, type TlsClient } from '../../support/certificates/tls-client.ts';

type Identity = Pick<ConnectionOptions, 'cert' | 'key'>;

describe('the authority of the controllers', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });
  let oldAuthority: string;
  let newAuthority: string;
  let oldClient: Identity;
  let newClient: Identity;

  beforeAll(async () => {
    const { directory, clientAuthority, client } = world.pki;
    const authority = await createAuthority(directory, 'new-client-ca');
    const request = { name: 'new-client', commonName: 'controller', purpose: 'client' } as const;
    const issued = await readFile(await issueCertificate(authority, directory, request));
    oldAuthority = await readFile(clientAuthority.certificate, 'utf8');
    newAuthority = await readFile(authority.certificate, 'utf8');
    const known = await readFile(client);
    oldClient = { cert: known, key: known };
    newClient = { cert: issued, key: issued };
  });

  const install = (text: string) => writeFile(amphora.box.file(CLIENT_CA_FILE), text);
  /** 200, or the error that the client gets instead of an answer */
  const tryOn = async (options: ConnectionOptions): Promise<number | string> => {
    let client: TlsClient | undefined;
    try {
      client = await connectTls(world, amphora, options);
      return await client.ask();
    } catch {
      return 'refused';
    } finally {
      client?.close();
    }
  };
  const answers = async () => ({ old: await tryOn(oldClient), new: await tryOn(newClient) });
  const eventually = (what: () => unknown) => expect.poll(what);

  it('is rotated through a bundle of old and new, without a restart, and open connections go on', async () => {
    const pid = amphora.agentPid();
    expect(await answers()).toEqual({ old: 200, new: 'refused' });

    await install(`${oldAuthority}\n\n${newAuthority}`);
    await eventually(answers).toEqual({ old: 200, new: 200 });
    const open = await connectTls(world, amphora, oldClient);
    expect(await open.ask()).toBe(200);

    await install(newAuthority);
    await eventually(answers).toEqual({ old: 'refused', new: 200 });
    expect(await open.ask()).toBe(200);
    open.close();
    expect(amphora.agentPid()).toBe(pid);
  });

  it.each([
    ['that is empty', () => ''],
    ['of garbage', () => 'garbage'],
    ['that is cut off', () => newAuthority.slice(0, 400)],
    ['with a good and a broken one', () => `${oldAuthority}\n${newAuthority.replace(/MII./, '####')}`],
  ])('stays as it was for a file %s, which the log names', async (_what, text) => {
    const complaints = () => amphora.agentLog().split('new TLS file refused').length - 1;
    const before = complaints();
    await install(text());
    await eventually(complaints).toBe(before + 1);
    expect(amphora.agentLog()).toContain(`[amphora_agent] agent_server_ca: ${CLIENT_CA_FILE}: `);
    expect(await answers()).toEqual({ old: 'refused', new: 200 });
    await install(newAuthority);
    expect(await answers()).toEqual({ old: 'refused', new: 200 });
  });

  it('stays as it was while its file is gone', async () => {
    await amphora.exec(['rm', CLIENT_CA_FILE]);
    await eventually(amphora.agentLog).toContain(`${CLIENT_CA_FILE}: no such file`);
    expect(await answers()).toEqual({ old: 'refused', new: 200 });
    await install(`${newAuthority}\n${oldAuthority}`);
    await eventually(answers).toEqual({ old: 200, new: 200 });
  });

  it('needs no key identifiers, and neither do the certificates that it signs', async () => {
    const { authority, client } = await createBareClient(world.pki.directory);
    for (const pem of [authority, client]) {
      const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: pem }).toString();
      expect(text).not.toContain('Key Identifier');
    }
    await install(authority);
    await eventually(() => tryOn({ cert: client, key: client })).toBe(200);
    expect(await tryOn(newClient)).toBe('refused');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that is no longer trusted ends the resumption of old sessions (%s)',
    async (version) => {
      await install(`${oldAuthority}\n${newAuthority}`);
      const options = { ...oldClient, minVersion: version, maxVersion: version };
      await eventually(() => tryOn(options)).toBe(200);
      const before = await connectTls(world, amphora, options);
      await before.ask();
      const session = before.session();
      before.close();
      if (session === undefined) throw new Error('the agent gave no session');
      const resumed = await connectTls(world, amphora, { ...options, session });
      expect(resumed.isResumed).toBe(true);
      expect(await resumed.ask()).toBe(200);
      resumed.close();
      await install(newAuthority);
      await eventually(() => tryOn(options)).toBe('refused');
      expect(await tryOn({ ...options, session })).toBe('refused');
    },
  );
});
