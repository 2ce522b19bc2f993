import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import { haproxyConfigText, keepalivedConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';

const LUA = '/var/lib/octavia/x.lua';
const LUA_RAN = '/var/lib/octavia/lua-ran';

const { amphora, ask, balancer } = useAmphoraLab({ members: 1 });

beforeAll(async () => {
  await amphora.exec(['tee', LUA], { input: `io.open("${LUA_RAN}", "w"):close()\n` });
});

/** Inserts a line before another one. @returns the text, and the report about the line with its number */
const withLine = (text: string, before: string, line: string): { text: string; words: string } => {
  const at = text.indexOf(before);
  const number = text.slice(0, at).split('\n').length;
  return { text: text.slice(0, at) + line + text.slice(at), words: `unsafe: line ${number}: ${line.trim()}` };
};
const vrrpText = () =>
  keepalivedConfigText(balancer, {
    amphoraId: amphora.id,
    state: 'MASTER',
    priority: 100,
    advertisementInterval: 1,
  });
interface Upload {
  readonly path: string;
  readonly file: string;
  readonly safe: string;
  readonly text: string;
  readonly words: string;
}
const UPLOADS: [[what: string, upload: () => Upload], ...[what: string, upload: () => Upload][]] = [
  [
    'haproxy.cfg',
    () => ({
      path: `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`,
      file: `/var/lib/octavia/${balancer.id}/haproxy.cfg`,
      safe: haproxyConfigText(balancer),
      ...withLine(haproxyConfigText(balancer), '    maxconn', `    lua-load ${LUA}\n`),
    }),
  ],
  [
    "keepalived's configuration for VRRP",
    () => ({
      path: '/1.0/vrrp/upload',
      file: '/var/lib/octavia/vrrp/octavia-keepalived.conf',
      safe: vrrpText(),
      ...withLine(vrrpText(), 'vrrp_script', 'include /tmp/x\n'),
    }),
  ],
  [
    'the configuration of a UDP listener',
    () => ({
      path: `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`,
      file: `/var/lib/octavia/lvs/octavia-keepalivedlvs-${LVS.listener}.conf`,
      safe: lvsConfigText(),
      ...withLine(lvsConfigText(), 'virtual_server ', 'include /tmp/x\n'),
    }),
  ],
];

const changeOption = async (value: boolean): Promise<void> => {
  const config = await amphora.readText(AGENT_CONFIG_FILE);
  const text = config
    .replace(/^reject_unsafe_config.*\n/m, '')
    .replace('[amphora_agent]\n', `[amphora_agent]\nreject_unsafe_config = ${value}\n`);
  expect((await ask('PUT', '/1.0/config', { text })).status).toBe(202);
};

it('the check of a refused configuration runs no Lua, as haproxy -c would', async () => {
  const [[, upload]] = UPLOADS;
  const { path, text } = upload();
  const isRun = async (reject: boolean): Promise<boolean> => {
    await changeOption(reject);
    await ask('PUT', `${path}?dry_run=true`, { text });
    return (await amphora.exec(['ls', '/var/lib/octavia'])).stdout.includes('lua-ran');
  };
  expect(await isRun(true)).toBe(false);
  expect(await isRun(false)).toBe(true);
});

describe.each(UPLOADS)('%s that asks for more than load balancing', (_what, upload) => {
  it('is refused with its line, and the stored configuration stays, if reject_unsafe_config is set', async () => {
    const { path, file, safe, text, words } = upload();
    await changeOption(true);
    expect((await ask('PUT', path, { text: safe })).status).toBeLessThan(203);
    expect(await ask('PUT', path, { text })).toMatchObject({
      status: 400,
      json: { message: 'Invalid request', details: `refused by reject_unsafe_config\n${words}` },
    });
    expect(await ask('PUT', `${path}?dry_run=true`, { text })).toMatchObject({
      status: 200,
      json: { valid: false, details: `refused by reject_unsafe_config\n${words}` },
    });
    expect(await amphora.readText(file)).toBe(safe);
  });

  it('is accepted by default, with a warning in the log and in a dry run', async () => {
    const { path, text, words } = upload();
    await changeOption(false);
    const dry = await ask('PUT', `${path}?dry_run=true`, { text });
    expect(dry).toMatchObject({ status: 200, json: { valid: true } });
    expect(dry.json).toMatchObject({ details: expect.stringContaining(`${words}\n`) });
    expect((await ask('PUT', path, { text })).status).toBeLessThan(203);
    const [, line = '', finding = ''] = /line (\d+): (.*)/.exec(words) ?? [];
    await expect
      .poll(amphora.agentLog)
      .toContain(
        `"unsafe":[{"line":${line},"finding":${JSON.stringify(finding)}}],"count":1,"isRefused":false`,
      );
  });
});
