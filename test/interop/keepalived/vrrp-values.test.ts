import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { isBroken } from '../../../src/domain/keepalived/lvs-complaints.ts';
import { unusableVrrpValues } from '../../../src/domain/keepalived/vrrp-values.ts';
import { keepalivedCheck } from '../../../src/domain/service-definitions.ts';
import { createCommandRunner } from '../../../src/host/command.ts';
import { createFiles } from '../../../src/host/files.ts';
import { vip4, vip6, vrrpJson } from '../../support/keepalived/keepalived-models.ts';

const SCRIPT = path.join(import.meta.dirname, 'octavia_keepalived.py');
const FILE = '/var/lib/vrrp-values.conf';

afterAll(() => createFiles().remove(FILE));

/** Renders bodies of PUT vrrp/upload with Octavia's templates. */
function octaviaTexts(bodies: readonly object[]): string[] {
  const input = JSON.stringify(bodies.map((vrrp) => ({ vrrp })));
  const answer = execFileSync('/usr/bin/python3', [SCRIPT], { input, stdio: ['pipe', 'pipe', 'inherit'] });
  return z.array(z.string()).parse(JSON.parse(answer.toString()));
}

const six = { unicast_src_ip: '2001:db8:1::11', unicast_peers: ['2001:db8:1::12'], vips: [vip6(), vip4()] };
const HOST_ROUTES = [
  { destination: '10.9.0.0/16', nexthop: '10.0.1.7' },
  { destination: '0.0.0.0/0', nexthop: '10.0.1.7' },
];

/** keepalived warns of most of them, and runs all of them as it did for Octavia's own agent. */
const BODIES: Readonly<Record<string, object>> = {
  'a pair': vrrpJson(),
  'an IPv6 pair': vrrpJson(six),
  'the second of a pair': vrrpJson({ priority: 90 }),
  'VIPs without a gateway': vrrpJson({ vips: [vip4({ gateway: null }), vip6({ gateway: null })] }),
  'host routes': vrrpJson({ vips: [vip4({ host_routes: HOST_ROUTES })] }),
  'no peer': vrrpJson({ unicast_peers: [] }),
  'a peer without an address': vrrpJson({ unicast_peers: [null] }),
  'no priority': vrrpJson({ priority: null }),
  'no interval': vrrpJson({ advert_int: null }),
  'no authentication': vrrpJson({ auth_type: null, auth_pass: null }),
  'a long password': vrrpJson({ auth_pass: '1234567890' }),
};

it.each(Object.keys(BODIES))(
  'the agent accepts the VRRP configuration that Octavia renders: %s',
  async (name) => {
    const [text = ''] = octaviaTexts([BODIES[name] ?? {}]);
    await createFiles().write(FILE, text, { mode: 0o600 });
    const { output } = await createCommandRunner().run(keepalivedCheck(FILE), {
      timeoutMs: 30_000,
      okCodes: [0, 5, 6],
    });
    expect(text).toContain('vrrp_instance');
    expect(isBroken(output, true), output).toBe(false);
    expect(unusableVrrpValues(text, output)).toEqual([]);
  },
);
