import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createPki, issueServerCertificate } from '../../../sandbox/controller/pki.ts';
import { startLongRunning } from '../../../sandbox/programs/long-running.ts';
import { startAgent } from '../../../src/agent.ts';
import { createStartFacts } from '../../../src/host/start-facts.ts';
import { REPOSITORY } from '../../repository.ts';
import { heartbeatEntry } from '../../support/heartbeat/heartbeat-entry.ts';
import { openHeartbeatReceiver } from '../../support/heartbeat/heartbeat-receiver.ts';

const ID = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const PORT = 19443;
const SEARCH_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** systemd-notify waits until the receiver has closed what it sends, as recv(2) does. */
const PRINT_DATAGRAMS = `import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
while True:
    print(receiver.recv(4096).decode())
`;

/** Writes the configuration of an agent whose heartbeat thread starts slowly. @returns its path */
async function slowAgentConfig(controllerPort: number): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'before-ready-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const base = path.join(directory, 'octavia');
  await mkdir(base);
  await writeFile(path.join(base, 'start-slowly'), '');
  const pki = await createPki(directory);
  const file = path.join(directory, 'agent.conf');
  await writeFile(
    file,
    `[haproxy_amphora]
base_path = ${base}
base_cert_dir = ${base}/certs
bind_host = 127.0.0.1
bind_port = ${PORT}
[health_manager]
controller_ip_port_list = 127.0.0.1:${controllerPort}
heartbeat_interval = 1
heartbeat_key = secret
[amphora_agent]
amphora_id = ${ID}
agent_server_ca = ${pki.clientAuthority.certificate}
agent_server_cert = ${await issueServerCertificate(pki, ID, ['127.0.0.1'])}
agent_server_network_dir = ${directory}/interfaces
service_manager = supervisor
`,
  );
  return file;
}

it('an agent whose heartbeat thread starts slowly is ready only after the first heartbeat', async () => {
  const controller = await openHeartbeatReceiver();
  onTestFinished(() => controller.close());
  const configFile = await slowAgentConfig(controller.address.port);
  const notifySocket = path.join(path.dirname(configFile), 'notify');
  const systemd = await startLongRunning(['python3', '-uc', PRINT_DATAGRAMS, notifySocket]);
  onTestFinished(() => systemd.stop());
  await expect.poll(() => existsSync(notifySocket)).toBe(true);
  const starting = startAgent(
    {
      version: '0',
      facts: createStartFacts(SEARCH_PATH),
      configFile,
      heartbeatEntry: await heartbeatEntry(),
      templates: path.join(REPOSITORY, 'templates'),
      commands: path.join(REPOSITORY, 'src/bin'),
      path: SEARCH_PATH,
      developmentCertificate: undefined,
      systemd: { notifySocket },
      forwardToSyslog: () => undefined,
    },
    pino({ level: 'silent' }),
  );
  onTestFinished(async () => (await starting).close());
  await systemd.printed(/READY=1/);
  expect(controller.heard.length).toBeGreaterThan(0);
});
