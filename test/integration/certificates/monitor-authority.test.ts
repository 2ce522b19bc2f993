import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE, CLIENT_CA_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { type Authority, createAuthority, issueCertificate } from '../../../sandbox/controller/pki.ts';
import { monitoringRoutes, places } from '../../../src/http/routes/route.ts';
import { ROUTES } from '../../../src/http/routes/routes.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { createIntermediate, withChain } from '../../support/certificates/intermediate.ts';
import { createRecordingAuthority } from '../../support/certificates/openssl-authority.ts';
import { connectTls } from '../../support/certificates/tls-client.ts';

const MONITOR_CA_FILE = '/etc/octavia/certs/monitor_ca.pem';
const CRL_FILE = '/etc/octavia/certs/client_crl.pem';

describe('the authority of monitoring', () => {
  const { world, amphora } = useAmphoraLab({ members: 0 });
  let monitors: Authority;
  let controller: string;
  let monitor: string;

  beforeAll(async () => {
    monitors = await createAuthority(world.pki.directory, 'monitor-ca');
    controller = await readFile(world.pki.client, 'utf8');
    monitor = await readFile(await issue(monitors, 'monitor'), 'utf8');
  });

  const issue = (authority: Authority, name: string): Promise<string> =>
    issueCertificate(authority, world.pki.directory, { name, commonName: name, purpose: 'client' });
  const install = async (file: string, ...texts: readonly string[]): Promise<void> =>
    writeFile(amphora.box.file(file), texts.join('\n'));
  const certificateOf = ({ certificate }: Authority): Promise<string> => readFile(certificate, 'utf8');

  /** the status and the body, or `refused` when the agent does not accept the certificate */
  const send = async (pem: string, method: string, target: string) => {
    const ca = await readFile(world.pki.serverAuthority.certificate);
    const agent = new Agent({ ca, cert: pem, key: pem });
    const { address: host, port, id: servername } = amphora;
    try {
      return await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
        httpsRequest({ agent, host, port, servername, method, path: target }, (response) => {
          text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
        })
          .once('error', reject)
          .end();
      });
    } catch {
      return { status: 'refused', body: '' };
    } finally {
      agent.destroy();
    }
  };
  const statuses = async (pem: string) => ({
    metrics: (await send(pem, 'GET', '/metrics')).status,
    info: (await send(pem, 'GET', '/1.0/info')).status,
  });
  const eventually = (what: () => unknown) => expect.poll(what);
  const CONTROLLER = { metrics: 200, info: 200 };
  const MONITOR = { metrics: 200, info: 403 };
  const STRANGER = { metrics: 'refused', info: 'refused' };

  const restart = async (...options: readonly string[]): Promise<void> => {
    await amphora.stopAgent();
    const config = (await amphora.readText(AGENT_CONFIG_FILE)).replace(/^agent_(monitor|client)_.*\n/gm, '');
    const changed = config.replace('[amphora_agent]\n', ['[amphora_agent]', ...options, ''].join('\n'));
    await writeFile(amphora.box.file(AGENT_CONFIG_FILE), changed, { mode: 0o600 });
    await amphora.startAgent();
  };

  it('does not exist without the option: its clients fail the handshake', async () => {
    expect(await statuses(monitor)).toEqual(STRANGER);
    expect(await statuses(controller)).toEqual(CONTROLLER);
  });

  it('stops the start of the agent while its file is missing, with a line that names it', async () => {
    await expect(restart(`agent_monitor_ca = ${MONITOR_CA_FILE}`)).rejects.toThrow();
    expect(amphora.agentLog()).toContain(
      `[amphora_agent] agent_monitor_ca: can't read ${MONITOR_CA_FILE}: no such file`,
    );
  });

  it('lets its clients read what is marked, and nothing else, on every route', async () => {
    await install(MONITOR_CA_FILE, await certificateOf(monitors));
    await restart(`agent_monitor_ca = ${MONITOR_CA_FILE}`);
    const open = ['/', '/openapi.json', ...monitoringRoutes(ROUTES).map(({ path }) => path)];
    for (const one of ROUTES) {
      for (const { prefix } of places(one)) {
        for (const method of one.methods) {
          const target = `${prefix}${one.path}`.replaceAll(/:\w+/g, amphora.id);
          const isOpen = method === 'GET' && open.includes(target);
          const { status } = await send(monitor, method, target);
          expect([method, target, status === 403]).toEqual([method, target, !isOpen]);
        }
      }
    }
    for (const target of open) expect((await send(controller, 'GET', target)).status).not.toBe(403);
    const refused = await send(monitor, 'PUT', '/1.0/config');
    expect(JSON.parse(refused.body).details).toContain('agent_monitor_ca');
    expect(await statuses(controller)).toEqual(CONTROLLER);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is known on each connection, none is resumed (%s)',
    async (version) => {
      const options = { cert: monitor, key: monitor, minVersion: version, maxVersion: version };
      const first = await connectTls(world, amphora, options);
      expect(await first.ask()).toBe(200);
      const session = first.session();
      first.close();
      const second = await connectTls(world, amphora, { ...options, ...(session ? { session } : {}) });
      expect(await second.ask()).toBe(200);
      expect(second.isResumed).toBe(false);
      second.close();
    },
  );

  it('leaves a client a controller if the authority between is in agent_server_ca too', async () => {
    const under = await createIntermediate(world.pki.clientAuthority, world.pki.directory, 'under');
    const pem = await withChain(await issue(under, 'below'), under);
    // Node 24 loses the authority that the client sent (nodejs/node#65579): without proof, the client is none of the controllers
    expect(await statuses(pem)).toEqual(MONITOR);
    const installed = await amphora.readText(CLIENT_CA_FILE);
    await install(CLIENT_CA_FILE, installed, await certificateOf(under));
    await eventually(() => statuses(pem)).toEqual(CONTROLLER);
    await install(CLIENT_CA_FILE, installed);
    await eventually(() => statuses(pem)).toEqual(MONITOR);
  });

  it('may have the same name as that of the controllers', async () => {
    const twins = `${world.pki.directory}/twins`;
    await mkdir(twins);
    const twin = await createAuthority(twins, 'client-ca');
    const pem = await readFile(
      await issueCertificate(twin, twins, { name: 'twin', commonName: 'twin', purpose: 'client' }),
      'utf8',
    );
    await install(MONITOR_CA_FILE, await certificateOf(twin));
    await eventually(() => statuses(pem)).toEqual(MONITOR);
    expect(await statuses(controller)).toEqual(CONTROLLER);
    expect(await statuses(monitor)).toEqual(STRANGER);
  });

  it('is rotated through a bundle of old and new, without a restart', async () => {
    const pid = amphora.agentPid();
    const next = await createAuthority(world.pki.directory, 'next-monitor-ca');
    const pem = await readFile(await issue(next, 'next-monitor'), 'utf8');
    await install(MONITOR_CA_FILE, await certificateOf(monitors), await certificateOf(next));
    await eventually(async () => [await statuses(monitor), await statuses(pem)]).toEqual([MONITOR, MONITOR]);
    await install(MONITOR_CA_FILE, await certificateOf(next));
    await eventually(async () => [await statuses(monitor), await statuses(pem)]).toEqual([STRANGER, MONITOR]);
    await install(MONITOR_CA_FILE, 'garbage');
    await eventually(amphora.agentLog).toContain(
      `agent_monitor_ca: ${MONITOR_CA_FILE}: it contains no certificate`,
    );
    expect(await statuses(pem)).toEqual(MONITOR);
    await install(MONITOR_CA_FILE, await certificateOf(monitors));
    await eventually(() => statuses(monitor)).toEqual(MONITOR);
    expect(amphora.agentPid()).toBe(pid);
  });

  it('is named in the log if its clients are controllers, because it is one of theirs too', async () => {
    const installed = await amphora.readText(CLIENT_CA_FILE);
    await install(CLIENT_CA_FILE, installed, await certificateOf(monitors));
    await eventually(() => statuses(monitor)).toEqual(CONTROLLER);
    expect(amphora.agentLog()).toContain('clients of agent_monitor_ca may do everything');
    await install(CLIENT_CA_FILE, installed);
    await eventually(() => statuses(monitor)).toEqual(MONITOR);
  });

  it('needs a revocation list of its own beside that of the controllers', async () => {
    const { directory, clientAuthority } = world.pki;
    const ofControllers = await createRecordingAuthority(clientAuthority, directory);
    const ofMonitors = await createRecordingAuthority(monitors, directory);
    const lost = await issue(monitors, 'lost-monitor');
    await install(CRL_FILE, await ofControllers.revocationList([]), await ofMonitors.revocationList([lost]));
    await restart(`agent_monitor_ca = ${MONITOR_CA_FILE}`, `agent_client_crl = ${CRL_FILE}`);
    expect(await statuses(monitor)).toEqual(MONITOR);
    expect(await statuses(await readFile(lost, 'utf8'))).toEqual(STRANGER);
    expect(await statuses(controller)).toEqual(CONTROLLER);
  });
});
