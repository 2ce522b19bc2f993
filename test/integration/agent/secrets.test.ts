import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE, SERVER_CERTIFICATE_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfig, KEEPALIVED_CONFIG } from '../../support/amphora/amphora-services.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';

const ID = '6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1a03';
const PASSWORD = 'vrrp-password';
const SHELL = '/usr/bin/dash';
const REAL_SHELL = '/run/dash';
const SHELL_LOG = '/run/shell.log';
/** A shell that records the program that starts it, and its arguments. */
const RECORDER = `#!/bin/bash\nprintf '%s: %s\\n' "$(</proc/$PPID/comm)" "$*" >>${SHELL_LOG}\nexec ${REAL_SHELL} "$@"\n`;
/** Since version 2.3, keepalived asks for the version of `ip` before it writes its dump. */
const BY_KEEPALIVED = /^keepalived/;

describe('an agent that has answered every kind of request', () => {
  const { world, amphora, ask } = useAmphoraLab({ members: 0, topology: 'ACTIVE_STANDBY' });

  beforeAll(async () => {
    await recordShells();
    const done = [await amphoraLife(), await amphora.stopAgent(), await amphora.startAgent()];
    expect(done[0]).toEqual(done[0]?.filter((status) => status < 300));
  });

  const recordShells = async () => {
    await amphora.exec(['cp', SHELL, REAL_SHELL]);
    await amphora.exec(['tee', '/run/recorder'], { input: RECORDER });
    await amphora.exec(['chmod', '755', '/run/recorder']);
    await amphora.exec(['mount', '--bind', '/run/recorder', SHELL]);
    await amphora.exec(['sh', '-c', 'true']);
  };
  const amphoraLife = async (): Promise<number[]> => {
    const { vip, member } = world.lab.networks;
    const [vipNic, memberNic] = [await amphora.plugNic('vip'), await amphora.plugNic('member')];
    const vipBody = {
      subnet_cidr: vip.cidr,
      gateway: vip.gateway,
      mac_address: vipNic.macAddress,
      vrrp_ip: vip.host(11),
    };
    const fixedIps = [{ ip_address: member.host(11), subnet_cidr: member.cidr }];
    const keepalived = KEEPALIVED_CONFIG.replace(
      '  priority',
      `  authentication {\n auth_type PASS\n auth_pass ${PASSWORD}\n }\n  priority`,
    );
    const own = await amphora.readText(SERVER_CERTIFICATE_FILE);
    const api = `/1.0/loadbalancer`;
    const answers = [
      await ask('GET', '/1.0/details'),
      await ask('POST', `/1.0/plug/vip/${vip.host(100)}`, { json: { ...vipBody, is_sriov: true } }),
      await ask('POST', '/1.0/plug/network', {
        json: { mac_address: memberNic.macAddress, fixed_ips: fixedIps },
      }),
      await ask('PUT', `${api}/${ID}/certificates/web.pem`, {
        text: await readFile(world.pki.client, 'utf8'),
      }),
      await ask('PUT', `${api}/${amphora.id}/${ID}/haproxy`, {
        text: haproxyConfig(`/var/lib/octavia/${ID}.sock`, 'a', [8190]),
      }),
      await ask('PUT', `${api}/${ID}/start`),
      await ask('PUT', `${api}/${ID}/reload`),
      await ask('PUT', '/1.0/vrrp/upload', { text: keepalived }),
      await ask('PUT', '/1.0/vrrp/start'),
      await ask('PUT', '/1.0/certificate', { text: own }),
      await ask('PUT', '/1.0/config', { text: await amphora.readText(AGENT_CONFIG_FILE) }),
      await ask('PUT', `/1.0/interface/${vip.host(11)}/rules`, { json: [] }),
      await ask('GET', '/1.0/listeners'),
    ];
    return answers.map(({ status }) => status);
  };

  it('has its secrets in files that only root can read', async () => {
    const secret = `PRIVATE KEY|heartbeat_key = .|${PASSWORD}`;
    const places = ['/etc/octavia', '/var/lib/octavia', '/run'] as const;
    const found = await amphora.exec(['grep', '-rlE', '--devices=skip', secret, ...places], {
      okCodes: [0, 2],
    });
    const files = found.stdout.trim().split('\n').sort();
    expect(files).toEqual([
      AGENT_CONFIG_FILE,
      SERVER_CERTIFICATE_FILE,
      `/var/lib/octavia/certs/${ID}/web.pem`,
      '/var/lib/octavia/vrrp/octavia-keepalived.conf',
    ]);
    const { stdout } = await amphora.exec(['stat', '--format=%a %U', ...files]);
    expect(stdout.trim().split('\n')).toEqual(files.map(() => '600 root'));
  });

  it('has its secrets in no environment and on no command line', async () => {
    const key = /^heartbeat_key = (\S+)$/m.exec(await amphora.readText(AGENT_CONFIG_FILE))?.[1] ?? '';
    const places = ['--include=environ', '--include=cmdline', '/proc'] as const;
    const argv = [
      'grep',
      '-rlsE',
      '--devices=skip',
      `[${key[0]}]${key.slice(1)}|[v]rrp-password`,
      ...places,
    ] as const;
    expect((await amphora.exec(argv, { okCodes: [0, 1, 2], timeoutMs: 60_000 })).stdout).toBe('');
  });

  it('has started no shell with a command line', async () => {
    const shells = (await amphora.readText(SHELL_LOG)).trim().split('\n');
    const commands = shells
      .filter((line) => !BY_KEEPALIVED.test(line))
      .map((line) => line.replace(/^.*?: /, ''));
    expect(commands.filter((words) => words.startsWith('-c'))).toEqual(['-c true']);
  });
});
