import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { runInterfaceCommand } from '../../../src/commands/interface.ts';
import type { Topology } from '../../../src/domain/network/interface-plan.ts';
import { AMPHORA_NAMESPACE } from '../../../src/domain/paths.ts';
import { findInterface, plugLoopback, plugVip } from '../../../src/operations/network/plug-vip.ts';
import { parsePlugVip } from '../../../src/schemas/plug.ts';
import { useNetworkLab } from '../../support/network/use-network-lab.ts';

const { lab, startWith } = useNetworkLab();

const run = (...args: string[]) => runInterfaceCommand(args, async () => lab.context);

const plug = async (topology: Topology = 'SINGLE'): Promise<void> => {
  if (topology !== 'SINGLE') startWith({ topology });
  const nic = await lab.addNic();
  await plugLoopback(lab.context);
  const body = { subnet_cidr: '10.90.0.0/24', gateway: '10.90.0.1', vrrp_ip: '10.90.0.3' };
  await plugVip(lab.context, parsePlugVip('10.90.0.10', { ...body, mac_address: nic.macAddress }));
};

const kernelText = async (): Promise<string> =>
  (await lab.inside('ip', '-4', 'address')) +
  (await lab.inside('ip', '-4', 'route', 'show', 'table', 'all')) +
  (await lab.inside('ip', '-4', 'rule'));

const writeFile = async (name: string, file: object): Promise<void> => {
  await lab.files.makeDirectory('/etc/octavia/interfaces');
  await lab.files.write(`/etc/octavia/interfaces/${name}.json`, JSON.stringify(file), { mode: 0o644 });
};

describe('amphora-interface', () => {
  it('without arguments prints its usage', async () => {
    expect(await run()).toEqual({
      exitCode: 1,
      output: 'usage: amphora-interface [--config-file FILE] up|down NAME|all\n',
    });
  });

  it.each([
    [['frob', 'eth1'], "Error: Could not configure interface: Unknown action 'frob'\n"],
    [['up'], "Error: Could not configure interface: 'up' takes one interface or 'all'\n"],
    [['up', 'nope'], "Error: Could not configure interface: Could not find interface 'nope'.\n"],
  ])('reports wrong arguments in one line: %j', async (args, output) => {
    expect(await run(...args)).toEqual({ exitCode: 2, output });
  });

  it('takes all interfaces down, and up again from their files only', async () => {
    await plug();
    const before = await kernelText();

    expect(await run('down', 'all')).toEqual({ exitCode: 0, output: '' });
    expect(await lab.inside('ip', '-4', '-brief', 'address')).not.toContain('10.90.0');
    expect(await lab.inside('ip', '-4', 'route', 'show', 'table', 'all')).toBe('');
    expect(await lab.inside('ip', '-4', 'rule')).not.toContain('10.90.0.10');

    expect(await run('up', 'all')).toEqual({ exitCode: 0, output: '' });
    expect(await kernelText()).toBe(before);
  });

  it('up changes nothing if the interfaces are up', async () => {
    await plug();
    await lab.inside('ip', 'address', 'change', '10.90.0.10/32', 'dev', 'eth1', 'metric', '77');
    lab.programsRun();

    expect(await run('up', 'eth1')).toEqual({ exitCode: 0, output: '' });

    // two reads of the state, and nft, which replaces its rules by the same ones
    expect(lab.programsRun()).toBe(3);
    expect(await lab.inside('ip', 'address', 'show', 'dev', 'eth1')).toContain('10.90.0.10/32 metric 77');
  });

  it('tries every interface, and reports the missing one', async () => {
    await plug();
    await run('down', 'eth1');
    await writeFile('eth0', { name: 'eth0', addresses: [], routes: [], rules: [] });
    await writeFile('eth5', { name: 'eth5', addresses: 5 });

    const { exitCode, output } = await run('up', 'all');

    expect(exitCode).toBe(2);
    expect(output).toMatch(/^Error: Could not configure interface: Error on action 'up' .*eth0.*\n$/);
    expect(await findInterface(lab.context, '10.90.0.10')).toBe('eth1');
  });

  it('reads a file of an older agent and runs its scripts inside the namespace', async () => {
    await plug();
    await writeFile('eth1', {
      name: 'eth1',
      addresses: [
        { address: '10.90.0.4', prefixlen: 24 },
        { address: '10.90.0.10', prefixlen: 32, octavia_owned: true },
      ],
      routes: [{ dst: '0.0.0.0/0', gateway: '10.90.0.2', flags: ['onlink'] }],
      rules: [],
      scripts: {
        up: [{ command: 'ip link set dev eth1 alias came-up' }],
        down: [{ command: 'ip link set dev eth1 alias went-down' }],
      },
    });

    expect(await run('up', 'eth1')).toEqual({ exitCode: 0, output: '' });

    expect(await lab.inside('ip', '-4', '-brief', 'address', 'show', 'dev', 'eth1')).toMatch(
      /10\.90\.0\.10\/32 10\.90\.0\.4\/24/,
    );
    expect(await lab.inside('ip', 'route', 'show', 'table', 'main')).toMatch(
      /^default via 10\.90\.0\.2 dev eth1/,
    );
    expect(await lab.inside('ip', 'rule')).not.toContain('10.90.0.10');
    expect(await lab.inside('ip', 'link', 'show', 'dev', 'eth1')).toContain('alias came-up');
    await run('down', 'eth1');
    expect(await lab.inside('ip', 'link', 'show', 'dev', 'eth1')).toContain('alias went-down');
  });

  it('reports the output of a script that fails', async () => {
    await plug();
    await writeFile('eth1', { name: 'eth1', scripts: { up: [{ command: 'ip link set dev eth7 up' }] } });

    expect(await run('up', 'eth1')).toEqual({
      exitCode: 2,
      output: expect.stringMatching(
        /^Error: Could not configure interface: .*Cannot find device "eth7".*\n$/,
      ),
    });
  });

  it("does not touch the rule of the VIP for a member's network", async () => {
    await plug();
    const member = await lab.addNic();
    await lab.context.host.network.moveIn(member.name, 'eth2');
    await writeFile('eth2', {
      name: 'eth2',
      addresses: [{ address: '10.95.0.5', prefixlen: 24 }],
      routes: [],
      rules: [],
    });

    expect(await run('up', 'eth2')).toEqual({ exitCode: 0, output: '' });
    expect(await run('down', 'eth2')).toEqual({ exitCode: 0, output: '' });

    expect(await lab.inside('ip', 'rule')).toContain('32000:\tfrom 10.90.0.10 lookup 1');
  });
});

/** A short configuration with which keepalived owns a VIP as controllers configure it. */
const KEEPALIVED_CONFIG = `vrrp_instance vip {
  state MASTER
  interface eth1
  virtual_router_id 1
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.90.0.10
  }
  virtual_routes {
    10.90.0.0/24 dev eth1 src 10.90.0.10 scope link table 1
    default via 10.90.0.1 dev eth1 onlink table 1
  }
  virtual_rules {
    from 10.90.0.10/32 table 1 priority 100
  }
}
`;

describe('keepalived', () => {
  it('keeps its VIP, routes and rules when the interface is brought up again', async () => {
    await plug('ACTIVE_STANDBY');
    await lab.files.write('/run/keepalived-test.conf', KEEPALIVED_CONFIG, { mode: 0o644 });
    const words = [
      'netns',
      'exec',
      AMPHORA_NAMESPACE,
      'keepalived',
      '-n',
      '-l',
      '-f',
      '/run/keepalived-test.conf',
    ];
    const keepalived = spawn('ip', [...words, '--pid=/run/keepalived-test.pid'], { stdio: 'ignore' });
    const ended = once(keepalived, 'exit');
    try {
      await expect.poll(kernelText).toContain('from 10.90.0.10 lookup 1 proto keepalived');
      const before = await kernelText();
      expect(before).toContain('10.90.0.10/32');

      expect(await run('up', 'eth1')).toEqual({ exitCode: 0, output: '' });

      expect(await kernelText()).toBe(before);
    } finally {
      keepalived.kill('SIGTERM');
      await ended;
    }
  });
});
