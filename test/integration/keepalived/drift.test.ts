import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { fixture } from '../../support/fixture.ts';
import {
  driftOf,
  type Item,
  type Side,
  setMode,
  shell,
  startDriftPair,
} from '../../support/keepalived/drift-pair.ts';
import { md5 } from '../../support/md5.ts';

const BASE = '/var/lib/octavia';
const CONFIG = `${BASE}/vrrp/octavia-keepalived.conf`;
const SCRIPT = `${BASE}/vrrp/check_script.sh`;
const HAPROXY_CHECK = `${BASE}/vrrp/check_scripts/haproxy_check_script.sh`;

const MAIN = `${BASE}/vrrp/main.conf`;
const ORDERS = `${BASE}/vrrp/orders.json`;
const COMMAND = `${BASE}/bin/haproxy-vrrp-check`;
const CERTIFICATES = `${BASE}/certs`;
const LONG = { interval: 500 };

describe('drift of a pair', () => {
  const pair = fixture(startDriftPair, ({ world }) => world.close());
  const holds = (side: Side): Promise<boolean> => pair.holds(side);
  const ordersOf = async ({ amphora }: Side) => JSON.parse(await amphora.readText(ORDERS));
  let balancer: LoadBalancer;
  let master: Side;
  let standby: Side;

  beforeAll(() => {
    ({ balancer, master, standby } = pair);
  });

  it('is none', async () => {
    await expect.poll(() => holds(master)).toBe(true);
    for (const one of [master, standby]) {
      await expect
        .poll(async () => (await one.must('GET', '/drift')).body)
        .not.toContain('"checked_at":null');
      expect(await driftOf(one)).toEqual([]);
    }
  });

  describe('after damages by hand', () => {
    const key = `${'a'.repeat(40)}.pem`;
    const found = new Map<string, Item>();
    let bridge: string;

    /** A reload of the stored configuration was ordered, and the agent was killed before keepalived confirmed it. */
    async function interruptReload(): Promise<string> {
      const stored = `${pair.vrrpText(standby)}# newer\n`;
      const orders = await ordersOf(standby);
      expect(orders).toEqual({
        wanted: 'running',
        ordered: md5(pair.vrrpText(standby)),
        applied: { md5: md5(pair.vrrpText(standby)), pid: expect.any(Number) },
      });
      await shell(standby, `echo '# newer' >> ${CONFIG}`);
      await shell(standby, `echo '${JSON.stringify({ ...orders, ordered: md5(stored) })}' > ${ORDERS}`);
      return md5(stored);
    }

    beforeAll(async () => {
      ({ bridge } = pair.world.lab.networks.vip);
      await master.must('PUT', `/1.0/loadbalancer/${balancer.id}/certificates/${key}`, { text: 'a key' });
      await master.must('PUT', '/1.0/vrrp/upload', { text: `${pair.vrrpText(master)}# newer\n` });
      await shell(
        master,
        `chmod 644 ${CERTIFICATES}/${balancer.id}/${key}; rm ${BASE}/haproxy-hard-stop.conf`,
      );
      await runProgram(['ip', 'address', 'add', `${pair.vip}/32`, 'dev', bridge]);
    });

    it('repairs a standby, which never gets the VIP', async () => {
      const newer = await interruptReload();
      await shell(standby, `echo 'exit 0' > ${HAPROXY_CHECK}; chmod 644 ${SCRIPT}; rm ${MAIN}`);
      await shell(standby, `echo '# edited' >> ${COMMAND}`);
      await Promise.all([setMode(master, 'repair', 10), setMode(standby, 'report', 59)]);
      const seen = async (): Promise<string[]> => {
        for (const item of await driftOf(standby)) found.set(`${item.kind} ${item.object}`, item);
        expect(await holds(standby)).toBe(false);
        return [...found.keys()].sort();
      };
      const files = [HAPROXY_CHECK, MAIN, COMMAND].map((file) => `file ${file}`);
      const expected = [...files, 'keepalived octavia-keepalived', `mode ${SCRIPT}`].sort();
      await expect.poll(seen, LONG).toEqual(expected);
      const { items } = JSON.parse((await standby.must('POST', '/drift/repair')).body);
      expect(items.map(({ result }: { result: string }) => result)).toEqual(Array(5).fill('repaired'));
      expect((await ordersOf(standby)).applied.md5).toBe(newer);
      const script = (one: Side) => one.amphora.readText(HAPROXY_CHECK);
      expect(await script(standby)).toBe(await script(master));
      expect((await shell(standby, SCRIPT)).exitCode).toBe(0);
      expect([await holds(master), await holds(standby)]).toEqual([true, false]);
    });

    it('brings the addresses and the link of a standby back, and gives it no VIP', async () => {
      await setMode(standby, 'repair', 10);
      const monitor = 'ip netns exec amphora-haproxy ip -o monitor address > /run/seen-addresses';
      await shell(standby, `setsid timeout 120 sh -c '${monitor}' > /dev/null 2>&1 & sleep 0.5`);
      const own = balancer.amphorae.find(({ id }) => id === standby.amphora.id)?.vrrpAddress ?? '';
      const inside = async (...argv: [string, ...string[]]): Promise<string> =>
        (await standby.amphora.exec(argv, { inNamespace: true })).stdout;
      const addresses = () => inside('ip', '-o', 'address', 'show', 'dev', 'eth1');
      await inside('ip', 'link', 'set', 'eth1', 'down');
      await expect.poll(() => inside('ip', '-o', 'link', 'show', 'dev', 'eth1'), LONG).toContain('state UP');
      await expect.poll(() => driftOf(standby), LONG).toEqual([]);
      // while it runs, keepalived itself takes the VIP, because it hears no master without its own address
      await standby.must('PUT', '/1.0/vrrp/stop');
      await inside('ip', 'address', 'flush', 'dev', 'eth1');
      await expect.poll(addresses, LONG).toContain(` ${own}/`);
      await expect.poll(() => driftOf(standby), LONG).toEqual([]);
      const seen = await standby.amphora.readText('/run/seen-addresses');
      expect(seen).toContain(` ${own}/`);
      expect(seen).not.toContain(` ${pair.vip}/`);
      await standby.must('PUT', '/1.0/vrrp/start');
      await inside('ip', 'address', 'flush', 'dev', 'eth1');
      await expect.poll(addresses, LONG).toContain(` ${own}/`);
      await expect.poll(() => holds(standby), LONG).toBe(false);
      expect(await holds(master)).toBe(true);
      await setMode(standby, 'report', 59);
    });

    it('repairs the files of a master, and reports a second owner of the VIP and an upload without a reload', async () => {
      const seen = async (): Promise<unknown> =>
        (await driftOf(master)).map(({ kind, object, repair }) => ({ kind, object, repair }));
      await expect.poll(seen, LONG).toEqual([
        { kind: 'keepalived', object: 'octavia-keepalived', repair: null },
        { kind: 'vip-owner', object: pair.vip, repair: null },
      ]);
      const { stdout } = await runProgram(['ip', '-o', 'link', 'show', 'dev', bridge]);
      const [keepalived, owner] = await driftOf(master);
      expect(keepalived?.seen).toMatch(
        /^no reload was requested: an earlier one runs, or the file was changed by hand/,
      );
      expect(stdout).toContain(owner?.seen.replace(' has it too', ''));
      expect((await ordersOf(master)).applied.md5).toBe(md5(pair.vrrpText(master)));
      expect((await shell(master, `stat -c %a ${CERTIFICATES}/${balancer.id}/${key}`)).stdout).toBe('600\n');
      expect(await master.amphora.readText(`${BASE}/haproxy-hard-stop.conf`)).toContain(
        'mworker-max-reloads',
      );
      expect([await holds(master), await holds(standby)]).toEqual([true, false]);
    });
  });
});
