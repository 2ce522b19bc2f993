import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { createAuthority } from '../../../sandbox/controller/pki.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import { PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { haproxyConfig, KEEPALIVED_CONFIG } from '../../support/amphora/amphora-services.ts';
import { download, unpacked } from '../../support/amphora/downloads.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';

const ID = '6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1a03';
const PORT = 8190;
const MONITOR_CA_FILE = '/etc/octavia/certs/monitor_ca.pem';
const BALANCER = `load-balancers/${ID}`;
/** Each canary is in one place of the amphora. */
const CANARY = {
  vrrp: 'canaryV7',
  login: 'canary-login-4711',
  header: 'canary-header-4712',
  cookie: 'canary-cookie-4713',
  refused: 'canary-refused-4714',
} as const;

const { world, amphora, ask, must } = useAmphoraLab({ members: 0, topology: 'ACTIVE_STANDBY' });

/** Returns the secrets of the amphora: the canaries, its heartbeat key, and the lines of its private keys. */
async function secrets(): Promise<string[]> {
  const key = /^heartbeat_key = (\S+)$/m.exec(await amphora.readText(AGENT_CONFIG_FILE))?.[1] ?? '';
  const pem = await readFile(world.pki.client, 'utf8');
  const [, body = ''] = /-----BEGIN [A-Z ]*PRIVATE KEY-----\n([\s\S]*?)\n-----END/.exec(pem) ?? [];
  const found = [...Object.values(CANARY), key, ...body.split('\n')];
  expect(found).not.toContain('');
  return found;
}

async function expectNoSecret(files: ReadonlyMap<string, string>): Promise<void> {
  for (const secret of await secrets()) {
    const places = [...files].filter(([, text]) => text.includes(secret)).map(([name]) => name);
    expect(places, secret).toEqual([]);
  }
}

function expectTrueManifest(files: ReadonlyMap<string, string>): void {
  const { files: lines } = JSON.parse(files.get('manifest.json') ?? '{}');
  const others = [...files].filter(([name]) => name !== 'manifest.json');
  expect(lines).toEqual(
    others.map(([name, text]) => ({
      name,
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    })),
  );
}

const archive = async () => {
  const answer = await download(world, amphora, '/diagnostics');
  return { ...answer, files: await unpacked(await answer.body()) };
};

/** Makes haproxy keep a broken request with a cookie, which `show errors` shows. */
async function sendBrokenRequest(): Promise<void> {
  const request = `GET / HTTP/1.1\r\nHost: a\r\nCookie: s=${CANARY.cookie}\r\nbroken header\r\n\r\n`;
  await amphora.exec(
    ['curl', '--silent', '--max-time', '5', '--output', '/dev/null', `telnet://127.0.0.1:${PORT}`],
    { inNamespace: true, input: request, okCodes: [0, 28] },
  );
}

/** Gives the agent an authority for monitoring. */
async function addMonitorAuthority(): Promise<void> {
  const { certificate } = await createAuthority(world.pki.directory, 'monitor-ca');
  await writeFile(amphora.box.file(MONITOR_CA_FILE), await readFile(certificate));
  await amphora.stopAgent();
  const config = await amphora.readText(AGENT_CONFIG_FILE);
  const changed = config.replace('[amphora_agent]\n', `$&agent_monitor_ca = ${MONITOR_CA_FILE}\n`);
  await writeFile(amphora.box.file(AGENT_CONFIG_FILE), changed, { mode: 0o600 });
  await amphora.startAgent();
}

beforeAll(async () => {
  await addMonitorAuthority();
  const pem = await readFile(world.pki.client, 'utf8');
  const keepalived = KEEPALIVED_CONFIG.replace(
    '  priority',
    `  authentication {\n auth_type PASS\n auth_pass ${CANARY.vrrp}\n }\n  priority`,
  );
  const config = haproxyConfig(`/var/lib/octavia/${ID}.sock`, 'a', [PORT]).replace(
    'frontend main',
    `userlist users\n    user admin insecure-password ${CANARY.login}\nfrontend main\n    http-request set-header Authorization "Basic ${CANARY.header}"`,
  );
  await must('PUT', `/1.0/loadbalancer/${ID}/certificates/web.pem`, { text: pem });
  await must('PUT', `/1.0/loadbalancer/${amphora.id}/${ID}/haproxy`, { text: config });
  await must('PUT', `/1.0/loadbalancer/${ID}/start`);
  await ask('PUT', `/1.0/loadbalancer/${amphora.id}/${ID}/haproxy`, {
    text: config.replace('userlist users\n', `$&    bogus insecure-password ${CANARY.refused}\n`),
  });
  const { vip } = world.lab.networks;
  const { macAddress } = await amphora.plugNic('vip');
  await must('POST', `/1.0/plug/vip/${vip.host(100)}`, {
    json: { subnet_cidr: vip.cidr, gateway: vip.gateway, mac_address: macAddress, vrrp_ip: vip.host(11) },
  });
  await must('PUT', '/1.0/vrrp/upload', { text: keepalived });
  await must('PUT', '/1.0/vrrp/start');
  await sendBrokenRequest();
});

describe('GET /diagnostics', () => {
  let files: Map<string, string>;

  beforeAll(async () => {
    const answer = await archive();
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'application/gzip',
        'content-disposition': `attachment; filename="diagnostics-${amphora.id}.tar.gz"`,
      },
    });
    files = answer.files;
  });

  it('has no secret of the amphora', () => expectNoSecret(files));

  it('has a manifest with the size and the digest of each file', () => expectTrueManifest(files));

  it.each([
    ['agent/versions.json', /"haproxy": "\d/],
    ['agent/amphora-agent.conf', /^heartbeat_key = <hidden>$/m],
    ['agent/certificates.json', /"subject": "CN=/],
    ['agent/certificates.json', /monitor_ca\.pem": \[\n\s+\{\n\s+"subject": "CN=/],
    ['agent/readyz.txt', /^(?:ready|not ready)/m],
    ['agent/status.json', new RegExp(`"id": "${ID}"`)],
    ['agent/drift.json', /"mode": "report"/],
    ['audit/audit-000001.jsonl', /"path":"\/1.0\/vrrp\/upload"/],
    ['audit/head.json', /"number":\d+/],
    ['agent/requests.json', /"path": "\/1.0\/vrrp\/upload",\n\s+"status": 200/],
    ['agent/failed-changes.json', /"status": 400,[^}]*unknown keyword 'bogus'/],
    ['agent/heartbeats.json', /"destination": "/],
    ['agent/reloads.json', /"avoided"/],
    ['versions/haproxy.txt', /HAProxy version/],
    ['versions/keepalived.txt', /Keepalived v/],
    ['services/states.json', new RegExp(`"haproxy-${ID}": {\\n\\s+"status": "active"`)],
    [`logs/haproxy-${ID}.log`, /worker/],
    [`${BALANCER}/haproxy.cfg`, /bind 127.0.0.1:8190/],
    [`${BALANCER}/haproxy.cfg.new-failed`, /bogus/],
    [`${BALANCER}/model.json`, /no model: the configuration was uploaded as a text/],
    [`${BALANCER}/haproxy/startup-logs.txt`, /^/],
    [`${BALANCER}/certificates.json`, /"fingerprint256"/],
    [`${BALANCER}/haproxy/info.txt`, /^Pid: \d+$/m],
    [`${BALANCER}/haproxy/stat.csv`, /^main,FRONTEND,/m],
    [`${BALANCER}/haproxy/processes.txt`, /master/],
    [`${BALANCER}/haproxy/servers-state.txt`, /^1\n# /],
    [`${BALANCER}/haproxy/sessions.txt`, /proto=/],
    [`${BALANCER}/haproxy/errors.txt`, /Cookie: <hidden>/],
    ['keepalived/vrrp.conf', /auth_pass <hidden>/],
    ['keepalived/vrrp.json', /"auth_data":"<hidden>"/],
    ['network/inside/links.json', /"ifname":"eth1"/],
    ['network/inside/addresses.json', /"ifname":"lo"/],
    ['network/inside/routes-4.json', /"dev":"eth1"/],
    ['network/inside/routes-6.json', /^\[/],
    ['network/inside/rules-4.json', /"priority":0/],
    ['network/inside/rules-6.json', /^\[/],
    ['network/inside/neighbours.json', /^\[/],
    ['network/inside/nft.txt', /^/],
    // a kernel without IPVS: the reason is in the error file
    ['network/inside/ipvs.txt', /IP Virtual Server/],
    ['network/inside/conntrack.txt', /conntrack/],
    ['network/inside/listening-sockets.txt', /127\.0\.0\.1:8190/],
    ['versions/kernel.txt', /^Linux version/],
    ['network/outside/routes-4.json', /"dst":"default"/],
    ['network/inside/socket-counts.txt', /TCP:/],
    ['machine/facts.json', /"memory": {/],
    ['machine/meminfo.txt', /MemTotal/],
    ['machine/os-release.txt', /^ID=/m],
  ] as const)('has %s', (name, content) => {
    expect(files.get(name) ?? files.get(`${name}.error.txt`)).toMatch(content);
  });

  it('has the configuration that ran last in the history', () => {
    const kept = [...files].filter(([name]) => name.startsWith(`${BALANCER}/history/`));
    expect(kept.map(([, text]) => text)).toEqual([expect.stringContaining('bind 127.0.0.1:8190')]);
  });

  it("leaves no file of keepalived's dump", async () => {
    const { stdout } = await amphora.exec([
      'find',
      '/tmp',
      '/var/lib/octavia/vrrp',
      '-name',
      'keepalived*.json',
    ]);
    expect(stdout).toBe('');
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await download(world, amphora, '/diagnostics', 'HEAD');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/gzip' } });
    expect((await archive()).status).toBe(200);
  });
});

describe('with a haproxy that hangs', () => {
  const signal = async (name: 'STOP' | 'CONT'): Promise<void> => {
    const { stdout } = await amphora.exec(['pgrep', '-x', 'haproxy']);
    await amphora.exec(['kill', `-${name}`, ...stdout.trim().split('\n')]);
  };

  it('an archive has error files of that haproxy, and everything else', async () => {
    await signal('STOP');
    const { status, files } = await archive();
    expect(status).toBe(200);
    expect(files.get(`${BALANCER}/haproxy/info.txt.error.txt`)).toMatch(/no answer within 3000 ms/);
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([`${BALANCER}/haproxy.cfg`, 'network/inside/links.json', 'machine/facts.json']),
    );
    expectTrueManifest(files);
    await expectNoSecret(files);
  });

  it('a second request gets 429 with Retry-After, until the client of the first one has gone', async () => {
    const first = await download(world, amphora, '/diagnostics');
    const second = await download(world, amphora, '/diagnostics');
    expect(second).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
    expect(JSON.parse((await second.body()).toString())).toMatchObject({
      details: 'a diagnostics archive is being made for another request: try again in 30 s',
    });
    first.leave();
    await until(
      async () => {
        const next = await download(world, amphora, '/diagnostics');
        next.leave();
        return next.status === 200;
      },
      60_000,
      'an answer after the first client has gone',
    );
    await signal('CONT');
  });
});

describe('amphora-agent diagnostics', () => {
  const run = (output: string, okCodes: readonly number[] = [0]) =>
    amphora.exec([...PROGRAMS.agent, '--config-file', AGENT_CONFIG_FILE, 'diagnostics', '-o', output], {
      okCodes,
      timeoutMs: 60_000,
    });
  const OUTPUT = '/run/diagnostics.tar.gz';

  it('asks the agent that runs beside it for its reports', async () => {
    await run(OUTPUT);
    const files = await unpacked(await readFile(amphora.box.file(OUTPUT)));
    expect(files.get('agent/readyz.txt')).toMatch(/^(?:ready|not ready)/m);
    expect(files.get('agent/status.json')).toContain(`"id": "${ID}"`);
    expect(files.get('agent/drift.json')).toContain('"mode": "report"');
    expect(files.get('agent/requests.json.error.txt')).toMatch(/only the running agent/);
    expectTrueManifest(files);
    await expectNoSecret(files);
  });

  it('writes the same archive for root alone while the agent is down, with what only the agent knows explained', async () => {
    await amphora.stopAgent();
    expect((await run(OUTPUT)).stdout).toBe(`${OUTPUT}\n`);
    const file = amphora.box.file(OUTPUT);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const files = await unpacked(await readFile(file));
    expect(files.get('agent/requests.json.error.txt')).toMatch(/only the running agent/);
    for (const name of ['readyz.txt', 'status.json', 'drift.json'])
      expect(files.get(`agent/${name}.error.txt`)).toMatch(/agent.*: connect ENOENT/);
    expect(files.get(`${BALANCER}/haproxy/info.txt`)).toMatch(/^Pid: /m);
    expectTrueManifest(files);
    await expectNoSecret(files);
  });

  it('names a file that it cannot write, and leaves none', async () => {
    const { exitCode, output } = await run('/run/nowhere/a.tar.gz', [1]);
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining('/run/nowhere') });
  });

  it('works with a configuration file that cannot be read', async () => {
    await amphora.exec(['mv', AGENT_CONFIG_FILE, '/run/agent.conf']);
    await run('/run/other.tar.gz');
    const files = await unpacked(await readFile(amphora.box.file('/run/other.tar.gz')));
    expect(files.get('agent/amphora-agent.conf.error.txt')).toContain('no such file');
    await expectNoSecretWith('/run/agent.conf', files);
  });

  const expectNoSecretWith = async (config: string, files: ReadonlyMap<string, string>): Promise<void> => {
    await amphora.exec(['mv', config, AGENT_CONFIG_FILE]);
    await expectNoSecret(files);
  };
});
