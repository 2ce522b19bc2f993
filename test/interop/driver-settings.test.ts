import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE, SERVER_CERTIFICATE_FILE } from '../../src/sandbox/agent-config.ts';
import { issueServerCertificate } from '../../src/sandbox/pki.ts';
import { type AmphoraLab, first, type LabAmphora, startAmphoraLab } from '../support/amphora-lab.ts';
import { type OctaviaDriver, startOctaviaDriver } from '../support/octavia-driver.ts';

const NAME = 'c6a1bb8b25ca9a2e8c2ae8f2a3d5c9f0e2b3a4d5.pem';
const OK = { message: 'OK' };

/** What the driver returns of a request: the response itself. */
const answered = (status: number, body: object): object => ({
  result: { status, body: JSON.stringify(body) },
});

describe("Octavia's own driver sends certificates and settings", () => {
  let world: AmphoraLab;
  let amphora: LabAmphora;
  let driver: OctaviaDriver;

  beforeAll(async () => {
    world = await startAmphoraLab({ members: 0 });
    amphora = first(world.amphorae);
    driver = startOctaviaDriver(amphora, world.pki);
    await driver.call('get_api_version');
  });

  afterAll(async () => {
    driver?.close();
    await world?.close();
  });

  it('of load balancers, which it compares by their md5', async () => {
    const id = randomUUID();
    const pem = await readFile(world.pki.client, 'utf8');
    expect(await driver.call('get_cert_md5sum', id, NAME, [404])).toEqual({ result: null });
    expect(await driver.call('upload_cert_pem', id, NAME, pem)).toEqual(answered(200, OK));
    const md5sum = createHash('md5').update(pem).digest('hex');
    expect(await driver.call('get_cert_md5sum', id, NAME)).toEqual({ result: md5sum });
    expect(await driver.call('delete_cert_pem', id, NAME)).toEqual(answered(200, OK));
    expect(await driver.call('delete_cert_pem', id, NAME)).toEqual(answered(200, OK));
    expect(await driver.call('get_cert_md5sum', id, NAME)).toMatchObject({ error: 'NotFound' });
  });

  it('of the agent itself, and trusts the new certificate', async () => {
    for (let count = 0; count < 3; count += 1) {
      const pem = await readFile(await issueServerCertificate(world.pki, amphora.id, []), 'utf8');
      expect(await driver.call('update_cert_for_rotation', pem)).toEqual(answered(202, OK));
      expect(await amphora.readText(SERVER_CERTIFICATE_FILE)).toBe(pem);
      expect(await driver.call('get_info')).toMatchObject({ result: { api_version: '1.0' } });
    }
  });

  it('of the whole agent, and hears which are refused', async () => {
    const config = await amphora.readText(AGENT_CONFIG_FILE);
    const changed = config.replace(/^heartbeat_interval.*$/m, 'heartbeat_interval = 5');
    expect(await driver.call('update_agent_config', changed)).toEqual(answered(202, OK));
    expect(await amphora.readText(AGENT_CONFIG_FILE)).toBe(changed);
    expect(await driver.call('update_agent_config', '[amphora_agent]\n')).toMatchObject({
      error: 'InternalServerError',
    });
    expect(await amphora.readText(AGENT_CONFIG_FILE)).toBe(changed);
  });
});
