import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { haproxyConfigText, type LoadBalancer } from '../../../sandbox/controller/load-balancer.ts';
import { issueCertificate } from '../../../sandbox/controller/pki.ts';
import type { AmphoraLab } from '../../support/amphora/amphora-lab.ts';
import { fixture } from '../../support/fixture.ts';
import { type Side, setMode, startDriftPair } from '../../support/keepalived/drift-pair.ts';

/** `IDLE_LOOKS=1440 npm test -- integration idle-drift`: as many looks as a day has minutes */
const { IDLE_LOOKS = '15' } = process.env;
const LONGEST_LOOK_MS = 10_000;
const SETTLE = { timeout: 60_000, interval: 500 };
const CERTIFICATES = '/var/lib/octavia/certs';
const PEM = 'web.pem';

/** Plugs a member network, and uploads a firewall and a certificate. @returns haproxy's text with HTTPS */
async function prepare({ amphora, must }: Side, balancer: LoadBalancer, world: AmphoraLab): Promise<string> {
  const { id, vips } = balancer;
  const [{ address: vip }] = vips;
  const { macAddress } = await amphora.plugNic('member');
  const { member } = world.lab.networks;
  const host = member.host(50 + world.amphorae.indexOf(amphora));
  const fixedIps = [{ ip_address: host, subnet_cidr: member.cidr }];
  await must('POST', '/1.0/plug/network', { json: { mac_address: macAddress, fixed_ips: fixedIps } });
  const rules = [80, 443].map((port) => ({ protocol: 'TCP', cidr: null, port }));
  const own = balancer.amphorae.find((one) => one.id === amphora.id)?.vrrpAddress ?? '';
  await must('PUT', `/1.0/interface/${own}/rules`, { json: rules });
  const request = { name: `web-${amphora.id}`, commonName: 'www.example.org', purpose: 'server' } as const;
  const file = await issueCertificate(world.pki.serverAuthority, world.pki.directory, request);
  await must('PUT', `/1.0/loadbalancer/${id}/certificates/${PEM}`, { text: await readFile(file, 'utf8') });
  return haproxyConfigText(balancer).replace(
    /^ {4}bind .*$/m,
    (line) => `${line}\n    bind ${vip}:443 ssl crt ${CERTIFICATES}/${id}/${PEM}`,
  );
}

const reportOf = async ({ must }: Side) => JSON.parse((await must('GET', '/drift')).body);

/** Has the agent look at every kind at once. @param number of the look, because only another interval causes one */
async function look(side: Side, number: number): Promise<unknown[]> {
  const before = (await reportOf(side)).checked_at;
  await setMode(side, 'report', 3600 - (number % 2));
  await expect.poll(async () => (await reportOf(side)).checked_at, SETTLE).not.toBe(before);
  const { items, unseen } = await reportOf(side);
  return [...items, ...unseen];
}

describe('an idle pair with HTTPS, a firewall and a member network', () => {
  const pair = fixture(
    () => startDriftPair(prepare),
    ({ world }) => world.close(),
  );

  it(`has no drift of any kind in ${IDLE_LOOKS} looks`, {
    timeout: Number(IDLE_LOOKS) * LONGEST_LOOK_MS + SETTLE.timeout,
  }, async () => {
    const { master, standby } = pair;
    await expect.poll(() => pair.holds(master), SETTLE).toBe(true);
    const found: unknown[] = [];
    for (let number = 1; number <= Number(IDLE_LOOKS); number += 1)
      for (const items of await Promise.all([master, standby].map((side) => look(side, number))))
        found.push(...items);
    expect(found).toEqual([]);
    for (const { amphora } of [master, standby]) expect(amphora.agentLog()).not.toContain('drift found');
    expect([await pair.holds(master), await pair.holds(standby)]).toEqual([true, false]);
  });
});
