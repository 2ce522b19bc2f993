import { beforeAll, describe, expect, it } from 'vitest';
import {
  haproxyConfigText,
  keepalivedConfigText,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { until } from '../../../sandbox/programs/long-running.ts';
import { first } from '../../support/amphora/amphora-lab.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';

const COUNTERS = '/var/lib/octavia/stats_counters.json';

/** An upload of a text, with the name of the file that the agent stores it in. */
interface Upload {
  readonly path: string;
  readonly file: string;
  readonly text: string;
  /** a line of the text and the line that replaces it */
  readonly change: readonly [from: string, to: string];
  /** the end of `details` for a valid text; undefined if they are empty */
  readonly verdict?: string;
  readonly broken: readonly [text: string, words: string];
}

describe('?dry_run=true', () => {
  const { amphora, ask, balancer } = useAmphoraLab({ members: 1, heartbeatInterval: 3600 });

  beforeAll(async () => {
    // each heartbeat writes the counters file: with this interval, it does not change during a test
    await until(() => amphora.readText(COUNTERS).then(Boolean, () => false), 60_000, 'the first heartbeat');
  });

  /** Lists everything that an amphora stores, files with their times and contents, except for the audit log. */
  const disk = async (): Promise<string> => {
    const places = '/var/lib/octavia /etc/octavia /usr/lib/systemd/system';
    const audit = '-path /var/lib/octavia/audit -prune -o';
    const names = `find ${places} ${audit} -printf '%p %y %m\n'`;
    const files = `find ${places} ${audit} -type f -printf '%p %i %T@\n'`;
    const sums = `find /var/lib/octavia /etc/octavia ${audit} -type f -exec md5sum {} +`;
    return (await amphora.exec(['sh', '-c', `(${names}; ${files}; ${sums}) | sort`])).stdout;
  };
  const shown = (text: string): string => text.replace(/(auth_pass) \S+/, '$1 <hidden>');
  const tryOut = (path: string, text: string) => ask('PUT', `${path}?dry_run=true`, { text });

  /** The same text is uploaded over both versions of the API. */
  const haproxyConfig = (): Omit<Upload, 'path' | 'file'> => ({
    text: haproxyConfigText(balancer),
    change: ['    retries 3\n', '    retries 2\n'],
    verdict: 'Configuration file is valid\n',
    broken: [
      'global\n  user nobody\nfrontend x\n  bogus\n',
      "[haproxy.cfg.new:4] : unknown keyword 'bogus' in 'frontend' section",
    ],
  });

  const KINDS: [what: string, upload: () => Upload][] = [
    [
      'haproxy.cfg over API 1.0',
      () => ({
        path: `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`,
        file: `/var/lib/octavia/${balancer.id}/haproxy.cfg`,
        ...haproxyConfig(),
      }),
    ],
    [
      'haproxy.cfg over API 0.5',
      () => ({
        path: `/0.5/listeners/${amphora.id}/${balancer.listenerId}/haproxy`,
        file: `/var/lib/octavia/${balancer.listenerId}/haproxy.cfg`,
        ...haproxyConfig(),
      }),
    ],
    [
      'the configuration of a UDP listener',
      () => ({
        path: `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`,
        file: `/var/lib/octavia/lvs/octavia-keepalivedlvs-${LVS.listener}.conf`,
        text: lvsConfigText(),
        change: ['    lb_algo wrr\n', '    lb_algo sh\n'],
        broken: [`${lvsConfigText()}}\n`, "Unknown keyword '}'"],
      }),
    ],
    [
      "keepalived's configuration",
      () => ({
        path: '/1.0/vrrp/upload',
        file: '/var/lib/octavia/vrrp/octavia-keepalived.conf',
        text: keepalivedConfigText(balancer, {
          amphoraId: amphora.id,
          state: 'MASTER',
          priority: 100,
          advertisementInterval: 1,
        }),
        change: ['    priority 100\n', '    priority 90\n'],
        broken: ['vrrp_instance a {\n} }\n', "Unknown keyword '}'"],
      }),
    ],
  ];

  describe.each(KINDS)('of %s', (_what, upload) => {
    it('shows a first one as all new, and stores nothing', async () => {
      const { path, file, text, verdict = '' } = upload();
      const before = await disk();
      const { status, headers, json } = await tryOut(path, text);
      expect(await disk()).toBe(before);
      expect(status).toBe(200);
      expect(headers).not.toHaveProperty('etag');
      expect(json).toMatchObject({ valid: true, config: shown(text) });
      // the output of a program on both streams has no fixed order
      expect(json).toHaveProperty('details', expect.stringContaining(verdict));
      expect(json).toHaveProperty('diff', expect.stringContaining(`--- /dev/null\n+++ ${file}\n@@ -0,0 +1,`));
    });

    it('shows what would change of the stored one, and changes nothing', async () => {
      const { path, file, text, change } = upload();
      expect((await ask('PUT', path, { text })).body).toBe('{"message":"OK"}');
      const before = await disk();
      expect((await tryOut(path, text)).json).toMatchObject({ valid: true, diff: '' });
      const changed = text.replace(...change);
      const { json } = await tryOut(path, changed);
      expect(json).toMatchObject({ valid: true, config: shown(changed) });
      expect(json).toHaveProperty('diff', expect.stringContaining(`--- ${file}\n+++ ${file}\n`));
      expect(json).toHaveProperty('diff', expect.stringContaining(`\n-${change[0]}+${change[1]}`));
      expect(await disk()).toBe(before);
    });

    it("says why a broken one would be refused, in the checking program's words", async () => {
      const { path, broken } = upload();
      const before = await disk();
      const { status, json } = await tryOut(path, broken[0]);
      expect(status).toBe(200);
      expect(json).toMatchObject({ valid: false, config: broken[0] });
      expect(json).toHaveProperty('details', expect.stringContaining(broken[1]));
      expect(await disk()).toBe(before);
    });

    it('is refused with a value other than true and false, and stores nothing', async () => {
      const { path, text, change } = upload();
      const before = await disk();
      for (const value of ['', 'yes', 'True', 'true&dry_run=false']) {
        const answer = await ask('PUT', `${path}?dry_run=${value}`, { text: text.replace(...change) });
        expect(answer.json).toEqual({
          message: 'Invalid request',
          details: 'dry_run: must be true or false',
        });
      }
      expect(await disk()).toBe(before);
      expect((await ask('PUT', `${path}?dry_run=false`, { text })).body).toBe('{"message":"OK"}');
    });
  });

  it('is refused by requests that have no dry run, so that nothing changes by mistake', async () => {
    for (const [method, path] of [
      ['DELETE', `/1.0/listeners/${balancer.id}`],
      ['PUT', `/1.0/loadbalancer/${balancer.id}/start`],
    ] as const) {
      expect((await ask(method, `${path}?dry_run=true`)).json).toEqual({
        message: 'Invalid request',
        details: 'dry_run: this request has no dry run',
      });
    }
    expect((await ask('GET', `/1.0/loadbalancer/${balancer.id}/haproxy?dry_run=true`)).status).toBe(200);
  });

  it("of the VIP's firewall shows its rules, and why it would be refused", async () => {
    const vip = first(balancer.vips).address;
    const { macAddress } = await amphora.plugNic('vip');
    const json = plugVipBody(balancer, { macAddress, vrrpAddress: ownVrrpAddress(balancer) });
    expect((await ask('POST', `/1.0/plug/vip/${vip}`, { json })).status).toBe(202);
    const path = `/1.0/interface/${vip}/rules`;
    const rule = { protocol: 'TCP', cidr: '10.0.0.0/8', port: 80 };
    const before = await disk();
    const shownRule = /^\+.*ip saddr 10\.0\.0\.0\/8 tcp dport 80 accept$/m;
    const tried = await ask('PUT', `${path}?dry_run=true`, { json: [rule] });
    expect(tried.json).toMatchObject({ valid: true, diff: expect.stringMatching(shownRule) });
    const refused = await ask('PUT', `${path}?dry_run=true`, { json: [{ ...rule, port: 0 }] });
    expect(refused.json).toMatchObject({ valid: false, details: expect.stringContaining('0.port') });
    expect(await disk()).toBe(before);
    expect((await ask('PUT', path, { json: [rule] })).status).toBe(200);
    const same = await ask('PUT', `${path}?dry_run=true`, { json: [rule] });
    expect(same.json).toMatchObject({ valid: true, diff: '' });
  });

  it('never shows the password of keepalived, nor does any other request', async () => {
    const stored = await amphora.readText('/var/lib/octavia/vrrp/octavia-keepalived.conf');
    const [, secret = ''] = /auth_pass (\S+)/.exec(stored) ?? [];
    expect(secret).not.toBe('');
    const { body } = await tryOut('/1.0/vrrp/upload', stored.replace(secret, 'another'));
    expect(body).toContain('-        auth_pass <hidden>\\n+        auth_pass <hidden, not the one in force>');
    expect(body).not.toContain(secret);
    expect(body).not.toContain('another');
  });
});
