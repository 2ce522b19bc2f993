import { beforeAll, describe, expect, it } from 'vitest';
import { AGENT_CONFIG_FILE } from '../../../sandbox/amphora/agent-config.ts';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
  plugVipBody,
} from '../../../sandbox/controller/load-balancer.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { type Ask, askAmphora, insisting } from '../../support/amphora/api.ts';
import { useAmphoraLab } from '../../support/amphora/use-lab.ts';
import { labLoadBalancer } from '../../support/haproxy/load-balancer.ts';
import { md5 } from '../../support/md5.ts';

const BASE = '/var/lib/octavia';
const CONFIG = `${BASE}/vrrp/octavia-keepalived.conf`;
const SCRIPT = `${BASE}/vrrp/check_script.sh`;
const HAPROXY_CHECK = `${BASE}/vrrp/check_scripts/haproxy_check_script.sh`;

const MAIN = `${BASE}/vrrp/main.conf`;
const ORDERS = `${BASE}/vrrp/orders.json`;
const COMMAND = `${BASE}/bin/haproxy-vrrp-check`;
const CERTIFICATES = `${BASE}/certs`;
const LONG = { timeout: 25_000, interval: 500 };

interface Side {
  readonly amphora: LabAmphora;
  readonly must: Ask;
}

interface Item {
  readonly kind: string;
  readonly object: string;
  readonly wanted: string;
  readonly seen: string;
  readonly repair: string | null;
}

describe('drift of a pair', () => {
  const { world } = useAmphoraLab({ topology: 'ACTIVE_STANDBY', amphorae: 2 });
  let balancer: LoadBalancer;
  let master: Side;
  let standby: Side;

  const vip = (): string => balancer.vips[0].address;
  const vrrpText = ({ amphora }: Side): string =>
    keepalivedConfigText(balancer, {
      ...{ amphoraId: amphora.id, advertisementInterval: 1 },
      ...(amphora === master.amphora
        ? { state: 'MASTER', priority: 100 }
        : { state: 'BACKUP', priority: 90 }),
    });
  const drift = async ({ must }: Side): Promise<Item[]> =>
    JSON.parse((await must('GET', '/drift')).body).items;
  /** Changes the option, which causes a look at once. */
  const setMode = async ({ amphora, must }: Side, mode: string, seconds: number): Promise<void> => {
    const text = (await amphora.readText(AGENT_CONFIG_FILE))
      .replace(/^drift = .*\n/m, '')
      .replace('[amphora_agent]\n', `[amphora_agent]\ndrift = ${mode}\ndrift_interval = ${seconds}\n`);
    await must('PUT', '/1.0/config', { text });
  };
  const holds = async ({ amphora }: Side): Promise<boolean> =>
    (
      await amphora.exec(['ip', '-o', 'address', 'show', 'dev', 'eth1'], { inNamespace: true })
    ).stdout.includes(` ${vip()}/`);
  const shell = ({ amphora }: Side, line: string) => amphora.exec(['sh', '-c', line]);

  const ordersOf = async ({ amphora }: Side) => JSON.parse(await amphora.readText(ORDERS));

  async function setUp(index: number): Promise<Side> {
    const amphora = world.amphorae[index];
    if (amphora === undefined) throw new Error('two amphorae');
    const must = insisting(askAmphora(world, amphora));
    const { macAddress } = await amphora.plugNic('vip');
    const vrrpAddress = balancer.amphorae[index]?.vrrpAddress ?? '';
    await must('POST', `/1.0/plug/vip/${vip()}`, {
      json: plugVipBody(balancer, { macAddress, vrrpAddress }),
    });
    await must('PUT', `/1.0/loadbalancer/${amphora.id}/${balancer.id}/haproxy`, {
      text: haproxyConfigText(balancer),
    });
    await must('PUT', `/1.0/loadbalancer/${balancer.id}/start`);
    return { amphora, must };
  }

  beforeAll(async () => {
    balancer = labLoadBalancer(world);
    [master, standby] = await Promise.all([setUp(0), setUp(1)]);
    for (const one of [master, standby]) {
      await one.must('PUT', '/1.0/vrrp/upload', { text: vrrpText(one) });
      await one.must('PUT', '/1.0/vrrp/start');
    }
  });

  it('is none', async () => {
    await expect.poll(() => holds(master), { timeout: 20_000 }).toBe(true);
    for (const one of [master, standby]) {
      await expect
        .poll(async () => (await one.must('GET', '/drift')).body)
        .not.toContain('"checked_at":null');
      expect(await drift(one)).toEqual([]);
    }
  });

  describe('after damages by hand', () => {
    const key = `${'a'.repeat(40)}.pem`;
    const found = new Map<string, Item>();
    let bridge: string;

    /** A reload of the stored configuration was ordered, and the agent was killed before keepalived confirmed it. */
    async function interruptReload(): Promise<string> {
      const stored = `${vrrpText(standby)}# newer\n`;
      const orders = await ordersOf(standby);
      expect(orders).toEqual({
        wanted: 'running',
        ordered: md5(vrrpText(standby)),
        applied: { md5: md5(vrrpText(standby)), pid: expect.any(Number) },
      });
      await shell(standby, `echo '# newer' >> ${CONFIG}`);
      await shell(standby, `echo '${JSON.stringify({ ...orders, ordered: md5(stored) })}' > ${ORDERS}`);
      return md5(stored);
    }

    beforeAll(async () => {
      ({ bridge } = world.lab.networks.vip);
      await master.must('PUT', `/1.0/loadbalancer/${balancer.id}/certificates/${key}`, { text: 'a key' });
      await master.must('PUT', '/1.0/vrrp/upload', { text: `${vrrpText(master)}# newer\n` });
      await shell(
        master,
        `chmod 644 ${CERTIFICATES}/${balancer.id}/${key}; rm ${BASE}/haproxy-hard-stop.conf`,
      );
      await runProgram(['ip', 'address', 'add', `${vip()}/32`, 'dev', bridge]);
    });

    it('repairs a standby, which never gets the VIP', async () => {
      const newer = await interruptReload();
      await shell(standby, `echo 'exit 0' > ${HAPROXY_CHECK}; chmod 644 ${SCRIPT}; rm ${MAIN}`);
      await shell(standby, `echo '# edited' >> ${COMMAND}`);
      await Promise.all([setMode(master, 'repair', 10), setMode(standby, 'report', 59)]);
      const seen = async (): Promise<string[]> => {
        for (const item of await drift(standby)) found.set(`${item.kind} ${item.object}`, item);
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

    it('repairs the files of a master, and reports a second owner of the VIP and an upload without a reload', async () => {
      const seen = async (): Promise<unknown> =>
        (await drift(master)).map(({ kind, object, repair }) => ({ kind, object, repair }));
      await expect.poll(seen, LONG).toEqual([
        { kind: 'keepalived', object: 'octavia-keepalived', repair: null },
        { kind: 'vip-owner', object: vip(), repair: null },
      ]);
      const { stdout } = await runProgram(['ip', '-o', 'link', 'show', 'dev', bridge]);
      const [keepalived, owner] = await drift(master);
      expect(keepalived?.seen).toMatch(
        /^no reload was requested: an earlier one runs, or the file was changed by hand/,
      );
      expect(stdout).toContain(owner?.seen.replace(' has it too', ''));
      expect((await ordersOf(master)).applied.md5).toBe(md5(vrrpText(master)));
      expect((await shell(master, `stat -c %a ${CERTIFICATES}/${balancer.id}/${key}`)).stdout).toBe('600\n');
      expect(await master.amphora.readText(`${BASE}/haproxy-hard-stop.conf`)).toContain(
        'mworker-max-reloads',
      );
      expect([await holds(master), await holds(standby)]).toEqual([true, false]);
    });
  });
});
