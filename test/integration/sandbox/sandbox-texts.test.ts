import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  haproxyConfigText,
  keepalivedConfigText,
  type LoadBalancer,
  type Vip,
} from '../../../sandbox/controller/load-balancer.ts';
import { runProgram } from '../../../sandbox/programs/programs.ts';
import { CommandFailed } from '../../../src/errors.ts';

const MASTER = '3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f';
const BACKUP = '8a1d7c52-0b64-4f3a-8e55-6d2f9c3b7a10';

const loadBalancer = (vips: LoadBalancer['vips']): LoadBalancer => ({
  id: '6d2c1f04-5a3b-4e8e-9a52-3f0f8f0c1a01',
  listenerId: '9b7e4d3a-1c6f-4b2d-8f90-7e5a3c2d1b02',
  poolId: 'e4c8a2b6-9d1f-4c7a-a6e3-1b0d9f8c7e03',
  port: 80,
  vips,
  amphorae: [
    { id: MASTER, vrrpAddress: '10.0.1.20' },
    { id: BACKUP, vrrpAddress: '10.0.1.21' },
  ],
  members: [{ id: 'c7a90ff6-3b7e-4a0c-9a0e-5f8e1f6d2b31', address: '10.0.2.11', port: 80 }],
});

const IPV4: Vip = { address: '10.0.1.100', cidr: '10.0.1.0/24', gateway: '10.0.1.1' };
const IPV6: Vip = { address: 'fd00:1:2::64', cidr: 'fd00:1:2::/64', gateway: 'fd00:1:2::1' };
const LONELY: Vip = { address: '10.9.9.9', cidr: '10.9.9.0/24', gateway: null };
const SHAPES: [string, LoadBalancer['vips']][] = [
  ['one VIP', [IPV4]],
  ['an IPv4 and an IPv6 VIP', [IPV4, IPV6]],
  ['a VIP without gateway', [LONELY]],
];

/** keepalived needs the interface and the check script */
const CHECK_SCRIPT = '/var/lib/octavia/vrrp/check_script.sh';
const NAMESPACE = 'sandbox-texts';
/** exit code of a valid configuration without enable_script_security, which controllers don't set */
const SCRIPTS_INSECURE = 6;
const INSIDE = ['ip', 'netns', 'exec', NAMESPACE] as const;

/** haproxy 2.6 warns of a missing state file; later versions only mention it */
const ABSENT_STATE = /server state file .*No such file/;

let directory: string;
beforeAll(async () => {
  await mkdir(path.dirname(CHECK_SCRIPT), { recursive: true });
  await writeFile(CHECK_SCRIPT, '#!/bin/sh\n', { mode: 0o755 });
  await runProgram(['ip', 'netns', 'add', NAMESPACE]);
  await runProgram([...INSIDE, 'ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'other']);
  await runProgram([...INSIDE, 'ip', 'link', 'set', 'eth1', 'up']);
  directory = await mkdtemp(path.join(tmpdir(), 'sandbox-texts-'));
});
afterAll(async () => {
  await runProgram(['ip', 'netns', 'del', NAMESPACE]);
  await rm(path.dirname(CHECK_SCRIPT), { recursive: true });
  await rm(directory, { recursive: true });
});

test.each(SHAPES)('haproxy accepts the configuration of %s', async (_, vips) => {
  const file = path.join(directory, 'haproxy.cfg');
  const text = haproxyConfigText(loadBalancer(vips));
  await writeFile(file, text);
  const peer = /^ {4}peer (\S+) 10\.0\.1\.20:/m.exec(text)?.[1] ?? '';
  const { output } = await runProgram(['haproxy', '-c', '-L', peer, '-f', file]);
  const lines = output.split('\n').filter((line) => !ABSENT_STATE.test(line));
  expect(lines.join('\n')).not.toMatch(/ALERT|WARNING/);
});

test.each(SHAPES)('keepalived accepts the configuration of %s', async (_, vips) => {
  const file = path.join(directory, 'keepalived.conf');
  const role = { amphoraId: BACKUP, state: 'BACKUP', priority: 90, advertisementInterval: 1 } as const;
  await writeFile(file, keepalivedConfigText(loadBalancer(vips), role));
  const { output } = await runProgram([...INSIDE, 'keepalived', '--config-test', '-f', file], {
    okCodes: [0, SCRIPTS_INSECURE],
  });
  expect(output.trim()).toMatch(/^(SECURITY VIOLATION - scripts .*)?$/);
});

test('keepalived refuses a text that is not its configuration', async () => {
  const file = path.join(directory, 'bad.conf');
  await writeFile(file, 'vrrp_instance x {\n    nonsense 1\n}\n');
  await expect(runProgram([...INSIDE, 'keepalived', '--config-test', '-f', file])).rejects.toBeInstanceOf(
    CommandFailed,
  );
});

test('an amphora of another load balancer gets no keepalived configuration', () => {
  const role = { amphoraId: IPV4.address, state: 'MASTER', priority: 1, advertisementInterval: 1 } as const;
  expect(() => keepalivedConfigText(loadBalancer([IPV4]), role)).toThrow(/not of load balancer/);
});
