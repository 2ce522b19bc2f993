import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM_DIRECTORY } from '../../../sandbox/amphora/amphora-files.ts';
import { keepalivedConfigText, plugVipBody } from '../../../sandbox/controller/load-balancer.ts';
import { CommandFailed, ServiceFailed } from '../../../src/errors.ts';
import { type CommandRunner, createCommandRunner } from '../../../src/host/command.ts';
import { createFiles } from '../../../src/host/files.ts';
import { createSystemdServices } from '../../../src/host/services/systemd.ts';
import { namespaceDefinition } from '../../../src/render/units.ts';
import { FIRST_RETRIES } from '../../support/amphora/fault-lab.ts';
import { useFaultLab } from '../../support/amphora/use-lab.ts';
import { ownVrrpAddress } from '../../support/haproxy/load-balancer.ts';
import { looksOf } from '../../support/health/looks.ts';
import { renderTemplate } from '../../support/templates.ts';

const HANGING = '#!/bin/sh\nexec sleep 3600\n';

describe('an amphora with a broken program', () => {
  const lab = useFaultLab({ topology: 'ACTIVE_STANDBY' });

  /** Puts a file that cannot be run in the place of the program, as if its package were removed. */
  const takeAway = async (program: string): Promise<string> => {
    const { stdout } = await lab.amphora.exec(['which', program]);
    await lab.amphora.exec(['mount', '--bind', '/dev/null', stdout.trim()]);
    return stdout.trim();
  };
  const bringBack = (place: string) => lab.amphora.exec(['umount', place]);

  describe('`ip`', () => {
    const standIn = () => lab.amphora.box.file(`${PROGRAM_DIRECTORY}/ip`);
    const plug = async () => {
      const { macAddress } = await lab.amphora.plugNic('vip');
      const body = plugVipBody(lab.troubled, { macAddress, vrrpAddress: ownVrrpAddress(lab.troubled) });
      return lab.ask('POST', `/1.0/plug/vip/${lab.troubled.vips[0].address}`, { json: body });
    };
    /** Each look answers, and names the one part that it lacks. */
    const withoutInterfaces = (fault: string) => {
      const line = `the interfaces can't be read: .*${fault}.*: amphora-agent check names`;
      return {
        readyz: { status: 503, body: expect.stringMatching(new RegExp(`^- ${line}`, 'm')) },
        command: { exitCode: 1, output: expect.stringMatching(new RegExp(`^- ${line}`, 'm')) },
        metrics: {
          status: 200,
          body: expect.stringMatching(/^amphora_agent_ready 0$[\s\S]*^amphora_agent_loadbalancer_state\{/m),
        },
        status: {
          status: 200,
          json: {
            reasons: expect.arrayContaining([expect.stringMatching(line)]),
            load_balancers: expect.arrayContaining([expect.objectContaining({ state: 'serves' })]),
          },
        },
      };
    };
    const restGoesOn = async (): Promise<void> => {
      expect((await lab.upload(lab.steady, FIRST_RETRIES)).status).toBe(202);
      await lab.beatOf(lab.steady, lab.troubled);
    };

    it('that is missing is named in the answer, and haproxys and heartbeats go on', async () => {
      const place = await takeAway('ip');
      const { status, json } = await plug();
      expect(status).toBe(500);
      expect(json).toMatchObject({ details: expect.stringMatching(/^ip .*: can't be started \(EACCES\)$/) });
      await restGoesOn();
      expect(await looksOf(lab)).toMatchObject(withoutInterfaces("can't be started \\(EACCES\\)"));
      await bringBack(place);
      expect((await lab.ask('GET', '/readyz')).body).not.toContain("can't be read");
    });

    it('that hangs is killed, and the namespace with its traffic stays', async () => {
      await writeFile(standIn(), HANGING, { mode: 0o755 });
      const { status, json } = await plug();
      expect(status).toBe(500);
      expect(json).toMatchObject({ details: expect.stringMatching(/^ip .*: did not end within 10000 ms$/) });
      await restGoesOn();
      expect(await looksOf(lab)).toMatchObject(withoutInterfaces('it takes longer than 5 s'));
    });

    it('that works again lets a plug succeed', async () => {
      await rm(standIn());
      expect(await plug()).toMatchObject({ status: 202 });
      await restGoesOn();
    });
  });

  it('names a missing keepalived in its answers, and runs it as soon as it is installed again', async () => {
    const { amphora, ask, steady, troubled, beatOf } = lab;
    const role = { amphoraId: amphora.id, state: 'MASTER', priority: 100, advertisementInterval: 1 } as const;
    const text = keepalivedConfigText(troubled, role);
    const upload = () => ask('PUT', '/1.0/vrrp/upload', { text });
    const start = () => ask('PUT', '/1.0/vrrp/start');

    const place = await takeAway('keepalived');
    const { status, json } = await upload();
    expect(status).toBe(500);
    expect(json).toMatchObject({
      details: expect.stringContaining('keepalived: Permission denied'),
    });
    await bringBack(place);
    expect((await upload()).status).toBe(200);

    await takeAway('keepalived');
    expect(await start()).toMatchObject({
      status: 500,
      json: {
        message: 'Failed to start octavia-keepalived service',
        details: expect.stringContaining('keepalived'),
      },
    });
    await bringBack(place);
    // heartbeats stop on purpose while keepalived does not run
    await beatOf(steady, troubled);
  });
});

describe('a systemctl', () => {
  const LIMIT_MS = 300;
  const ID = '7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e';
  let directory: string;
  let program: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'fault-systemctl-'));
    program = path.join(directory, 'systemctl');
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
    await rm('/etc/systemd/system/multi-user.target.wants/amphora-netns.service', { force: true });
  });

  /** Runs the stand-in for systemctl instead of the real one, with a short time limit. */
  const commands: CommandRunner = {
    run: ([, ...args], options) =>
      createCommandRunner().run([program, ...args], { ...options, timeoutMs: LIMIT_MS }),
  };
  const services = () => createSystemdServices(commands, createFiles(), { unitDirectory: directory });
  const definition = () =>
    namespaceDefinition({ render: renderTemplate, configFile: '/etc/octavia/amphora-agent.conf' });

  it.each([
    ['is missing', undefined, 'not installed'],
    ['hangs', HANGING, `did not end within ${LIMIT_MS} ms`],
  ])('that %s makes an action fail with an error that says so', async (_what, text, words) => {
    if (text !== undefined) await writeFile(program, text, { mode: 0o755 });
    for (const action of ['start', 'stop', 'reload'] as const) {
      const failure = await services()
        [action](`haproxy-${ID}`)
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ServiceFailed);
      expect(failure).toMatchObject({ action, output: expect.stringContaining(words) });
    }
    // systemd may have read an older text of the unit, and only systemctl knows
    await services().enable(definition().name);
    const failure = await services()
      .install(definition())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(String(failure)).toContain(words);
  });

  it('that works again reads the units that were written in the meantime', async () => {
    const log = path.join(directory, 'log');
    await writeFile(program, `#!/bin/sh\necho "$@" >> ${log}\necho NeedDaemonReload=yes\n`, { mode: 0o755 });
    await services().install(definition());
    await services().enable(definition().name);
    expect(await createFiles().readText(log)).toMatch(/^daemon-reload$/m);
  });
});
