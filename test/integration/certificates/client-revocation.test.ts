import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import {
  createRecordingAuthority,
  type RecordingAuthority,
} from '../../support/certificates/openssl-authority.ts';
import { connectTls } from '../../support/certificates/tls-client.ts';

const CRL_FILE = '/etc/octavia/certs/client_crl.pem';

describe('a revocation list of client certificates', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });
  let records: RecordingAuthority;
  let lost: string;

  beforeAll(async () => {
    const { directory, clientAuthority } = world.pki;
    records = await createRecordingAuthority(clientAuthority, directory);
    lost = await issueCertificate(clientAuthority, directory, {
      name: 'lost',
      commonName: 'controller',
      purpose: 'client',
    });
    await install(await records.revocationList([]));
    await amphora.stopAgent();
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const asked = config.replace('[amphora_agent]\n', `[amphora_agent]\nagent_client_crl = ${CRL_FILE}\n`);
    await writeFile(amphora.box.file(AGENT_CONFIG_FILE), asked, { mode: 0o600 });
    await amphora.startAgent();
  });

  const install = (text: string) => writeFile(amphora.box.file(CRL_FILE), text);
  const connect = async (file: string) => {
    const pem = await readFile(file);
    return connectTls(world, amphora, { cert: pem, key: pem });
  };
  /** 200, or the error that the client gets instead of an answer */
  const tryWith = async (file: string): Promise<number | string> => {
    try {
      const client = await connect(file);
      return await client.ask().finally(client.close);
    } catch {
      return 'refused';
    }
  };
  const answers = async () => ({ good: await tryWith(world.pki.client), lost: await tryWith(lost) });
  const eventually = (what: () => unknown) => expect.poll(what);

  it('that is new locks out the revoked client without a restart, on open connections too', async () => {
    const pid = amphora.agentPid();
    expect(await answers()).toEqual({ good: 200, lost: 200 });
    const open = await connect(lost);
    expect(await open.ask()).toBe(200);
    const silent = await connect(lost);
    const early = connectTcp(amphora.port, amphora.address)
      .on('error', () => undefined)
      .resume();
    await once(early, 'connect');
    await install(await records.revocationList([lost]));
    await eventually(answers).toEqual({ good: 200, lost: 'refused' });
    await expect(open.ask()).rejects.toThrow('ended');
    // long before the time limit of a handshake that never begins
    await expect.poll(() => early.closed, { timeout: 4000 }).toBe(true);
    await expect(silent.ask()).rejects.toThrow('ended');
    expect(amphora.agentPid()).toBe(pid);
  });

  it('stays as it was while its file is broken, which the log says', async () => {
    const list = await records.revocationList([]);
    await install(list.replace(/-----\n..../, '-----\n####'));
    await eventually(amphora.agentLog).toMatch(/new TLS file refused.*CRL|CRL.*new TLS file refused/);
    expect(await answers()).toEqual({ good: 200, lost: 'refused' });
    await install(await records.revocationList([lost]));
  });

  it('stays as it was while its file is gone', async () => {
    await amphora.exec(['rm', CRL_FILE]);
    await eventually(amphora.agentLog).toContain(`${CRL_FILE}: no such file`);
    expect(await answers()).toEqual({ good: 200, lost: 'refused' });
    await install(await records.revocationList([lost]));
  });

  it('of another authority works beside the first one in the same file', async () => {
    const other = await createAuthority(world.pki.directory, 'other-ca');
    const others = await createRecordingAuthority(other, world.pki.directory);
    await install(`${await others.revocationList([])}${await records.revocationList([])}`);
    await eventually(answers).toEqual({ good: 200, lost: 200 });
    await install(`${await others.revocationList([])}${await records.revocationList([lost])}`);
    await eventually(answers).toEqual({ good: 200, lost: 'refused' });
  });

  it('that has expired locks out every client', async () => {
    await install(await records.revocationList([], -1));
    await eventually(answers).toEqual({ good: 'refused', lost: 'refused' });
    await install(await records.revocationList([lost]));
    await eventually(answers).toEqual({ good: 200, lost: 'refused' });
  });

  it('that is missing stops the start of the agent with a line that names the file', async () => {
    await amphora.stopAgent();
    await amphora.exec(['rm', CRL_FILE]);
    await expect(amphora.startAgent()).rejects.toThrow();
    expect(amphora.agentLog()).toContain(`[amphora_agent] agent_client_crl: can't read ${CRL_FILE}`);
  });
});
