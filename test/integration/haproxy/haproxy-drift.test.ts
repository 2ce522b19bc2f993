import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { certificateName } from '../../../src/domain/certificates/certificate-name.ts';
import { storeCertificate } from '../../../src/operations/certificates/certificates.ts';
import { runningText } from '../../../src/operations/haproxy/history.ts';
import { rollBackIfBroken } from '../../../src/operations/haproxy/last-good.ts';
import { finishInterruptedChange } from '../../../src/operations/run-time/apply-stored.ts';
import { cancelDrain, startDrain } from '../../../src/operations/run-time/drain.ts';
import { writeRunTimeRecord } from '../../../src/operations/run-time/record.ts';
import { getInNamespace } from '../../support/amphora/amphora-services.ts';
import { namedCertificate } from '../../support/certificates/named-certificate.ts';
import { fixture } from '../../support/fixture.ts';
import { openDriftScene } from '../../support/haproxy/drift-scene.ts';
import { withoutCertificates } from '../../support/haproxy/hidden-certificates.ts';

const CHECK = 'check inter 60s fall 3 rise 2';

describe('drift of a haproxy', () => {
  const scene = fixture(openDriftScene, (opened) => opened.close());
  let tls = '';

  const text = (members: readonly string[] = [`one 127.0.0.1:9001 weight 5 ${CHECK}`], retries = 3): string =>
    [
      ...['global', `    stats socket ${scene.paths.statsSocket} mode 0666 level user`, '    maxconn 100'],
      ...['defaults', '    mode http', '    timeout connect 1s', '    timeout client 5s'],
      ...[
        '    timeout server 5s',
        `    retries ${retries}`,
        'frontend l',
        `    bind 127.0.0.1:${scene.port}`,
      ],
      ...[
        `    ${tls}`,
        '    http-request return status 200 content-type text/plain string "here" if { path / }',
      ],
      ...['    default_backend p:l', 'backend p:l'],
      ...[...members, `two 127.0.0.1:9002 weight 1 ${CHECK} slowstart 60s`].map((one) => `    server ${one}`),
      '',
    ].join('\n');
  const adminOf = async (name: string): Promise<string> => {
    const row = (await scene.command('show servers state'))
      .split('\n')
      .find((one) => one.includes(` ${name} `));
    const fields = row?.split(' ') ?? [];
    return `${fields[6]} weight ${fields[7]}`;
  };
  /** what two looks in mode report find */
  const seen = async () => (await scene.lookTwice('report')).items;
  const NOTHING = { items: [], repaired: 0 };

  beforeEach(async () => {
    tls = '';
    scene.anHourLater();
    await scene.run(text());
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
  });

  it('finds nothing in what operations left', async () => {
    const before = scene.repairs();
    await scene.run(text([]));
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    await scene.run(text([`one 127.0.0.1:9001 weight 7 ${CHECK} disabled`, 'three 127.0.0.1:9003']));
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    expect(scene.repairs()).toBe(before);
  });

  it.each([
    ['disable server p:l/one', 'fault', 'p:l/one: ready', 'p:l/one: maintenance'],
    ['set server p:l/one state drain', 'fault', 'p:l/one: ready', 'p:l/one: drain'],
    ['set server p:l/one weight 9', 'note', 'p:l/one: weight 5', 'p:l/one: weight 9'],
  ])('is seen after %s, and repaired without another worker', async (command, weight, wanted, is) => {
    const worker = await scene.answered();
    await scene.command(command);
    expect(await seen()).toMatchObject([{ kind: 'members', weight, wanted, seen: is }]);
    expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
    expect(await adminOf('one')).toBe('0 weight 5');
    expect(await scene.answered()).toBe(worker);
  });

  it('repairs only the members that two looks saw, and the others at the next look', async () => {
    await scene.command('disable server p:l/one');
    const disableTwo = () => scene.command('disable server p:l/two');
    expect((await scene.lookTwice('repair', disableTwo)).repaired).toBe(1);
    expect([await adminOf('one'), await adminOf('two')]).toEqual(['0 weight 5', '1 weight 1']);
    expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
    expect(await adminOf('two')).toBe('0 weight 1');
  });

  it('brings a removed member back into maintenance', async () => {
    await scene.run(text([]));
    await scene.command('set server p:l/one state ready');
    expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
    expect(await adminOf('one')).toMatch(/^1 /);
  });

  it('needs a reload for a stranger and for another address', async () => {
    const worker = await scene.answered();
    await scene.command('add server p:l/stranger 127.0.0.1:9009');
    await scene.command('set server p:l/one addr 127.0.0.5 port 9001');
    expect((await seen()).map(({ seen: one, repair }) => `${one}, ${repair}`)).toEqual([
      'p:l/one: others, reload haproxy',
      'p:l/stranger: a server, reload haproxy',
    ]);
    expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 2 });
    expect(await scene.answered()).not.toBe(worker);
    expect(await scene.command('show servers state')).not.toContain('stranger');
  });

  it('does not touch a drain that was asked for, and does not reload during it', async () => {
    await startDrain(scene.context, { id: scene.id, member: 'one' }, { timeoutSeconds: 600, cut: false });
    await scene.command('add server p:l/stranger 127.0.0.1:9009');
    const { items, repaired } = await scene.lookTwice('repair');
    expect(items).toMatchObject([{ seen: 'p:l/stranger: a server', repair: null }]);
    expect(repaired).toBe(0);
    expect(await adminOf('one')).toMatch(/^[18] /);
    await cancelDrain(scene.context, { id: scene.id, member: 'one' });
    expect((await scene.lookTwice('repair')).repaired).toBe(1);
    expect(await adminOf('one')).toMatch(/^0 /);
  });

  it('does not put an uploaded text in force, and still repairs the members of the one that runs', async () => {
    const worker = await scene.answered();
    await scene.upload(text([`one 127.0.0.1:9001 weight 1 ${CHECK} disabled`], 2));
    await scene.command('disable server p:l/one');
    const { items, repaired } = await scene.lookTwice('repair');
    expect(items).toMatchObject([{ kind: 'configuration', weight: 'note', repair: null }]);
    expect(repaired).toBe(1);
    expect(await adminOf('one')).toBe('0 weight 5');
    await scene.command('set server p:l/one addr 127.0.0.5 port 9001');
    expect((await scene.lookTwice('repair')).repaired).toBe(0);
    expect(await scene.answered()).toBe(worker);
    await scene.act('reload');
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    expect(await adminOf('one')).toMatch(/^[15] /);
  });

  it('leaves a load balancer alone that its controller stopped, also with another text', async () => {
    await scene.act('stop');
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    await scene.upload(text([], 2));
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    expect((await scene.context.host.services.state(`haproxy-${scene.id}`)).status).toBe('inactive');
    await scene.act('start');
  });

  it.each(['master', 'worker'])('ends after a kill of the %s, without another repair', async (process_) => {
    const before = scene.repairs();
    const { mainPid } = await scene.context.host.services.state(`haproxy-${scene.id}`);
    const worker = await scene.answered();
    process.kill(process_ === 'master' ? (mainPid ?? 0) : worker, 'SIGKILL');
    await expect.poll(() => scene.answered()).not.toBe(worker);
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    expect(getInNamespace(scene.port)).toBe('here');
    expect(scene.repairs()).toBe(before);
  });

  it('is looked for soon after haproxy ended by itself', async () => {
    const ended: string[] = [];
    scene.context.host.services.onEnd((name) => void ended.push(name));
    const worker = await scene.answered();
    process.kill(worker, 'SIGKILL');
    await expect.poll(() => ended).toEqual([`haproxy-${scene.id}`]);
    await expect.poll(() => scene.answered()).not.toBe(worker);
  });

  it('ends a change at run time that did not end, unless a text was uploaded since', async () => {
    const worker = await scene.answered();
    const record = { worker, isUnfinished: true, absent: [], added: [], applied: [] };
    await writeRunTimeRecord(scene.context, scene.id, record);
    await scene.upload(text([], 6));
    expect((await scene.lookTwice('repair')).items).toMatchObject([{ kind: 'configuration', repair: null }]);
    // as a start of the agent does
    expect(await finishInterruptedChange(scene.context, scene.id)).toBe(false);
    await scene.upload(text());
    expect(await scene.answered()).toBe(worker);
    expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
    expect(await scene.answered()).not.toBe(worker);
  });

  it('adds a text to the history that haproxy read after a crash', async () => {
    const next = text([`one 127.0.0.1:9001 weight 3 ${CHECK}`], 4);
    await scene.upload(next);
    const worker = await scene.answered();
    process.kill(worker, 'SIGKILL');
    await expect.poll(() => scene.answered()).not.toBe(worker);
    expect(await seen()).toMatchObject([{ kind: 'configuration', repair: 'add it to the history' }]);
    expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
    expect(await adminOf('one')).toBe('0 weight 3');
  });

  it('does not add a text to the history that somebody changed by hand', async () => {
    const before = await runningText(scene.context, scene.id);
    const edited = text(undefined, 4);
    await writeFile(scene.paths.config, edited);
    expect(await seen()).toMatchObject([
      { kind: 'configuration', seen: expect.stringMatching(/somebody changed the stored file by hand$/) },
    ]);
    const worker = await scene.answered();
    process.kill(worker, 'SIGKILL');
    await expect.poll(() => scene.answered()).not.toBe(worker);
    // as a start of the agent does
    await rollBackIfBroken(scene.context, scene.id);
    const { items, repaired } = await scene.lookTwice('repair');
    expect(items).toMatchObject([
      {
        ...{ kind: 'configuration', weight: 'note', repair: null },
        seen: expect.stringMatching(/runs: somebody changed the file by hand/),
      },
    ]);
    expect(repaired).toBe(0);
    expect(await runningText(scene.context, scene.id)).toBe(before);
    await scene.act('reload');
    expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    expect(await runningText(scene.context, scene.id)).toBe(edited);
  });

  describe('in its certificates', () => {
    let file = '';
    const certificate = (): string => namedCertificate(path.dirname(file), 'a.example.org');
    const fingerprint = async (): Promise<string | undefined> =>
      /^SHA1 FingerPrint: (\w+)$/m.exec(await scene.command(`show ssl cert ${file}`))?.[1];
    const inMemory = async (pem: string): Promise<void> => {
      await scene.command(`set ssl cert ${file} <<\n${pem}\n`);
      expect(await scene.command(`commit ssl cert ${file}`)).toContain('Success!');
    };
    const store = (pem: string) =>
      storeCertificate(scene.context, { id: scene.id, name: certificateName('a.pem') }, Buffer.from(pem));

    beforeEach(async () => {
      file = path.join(scene.paths.certificates, 'a.pem');
      await mkdir(scene.paths.certificates, { recursive: true });
      await store(certificate());
      tls = `bind 127.0.0.1:${scene.port + 10} ssl crt ${file}`;
      await scene.run(text());
      expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    });

    it('is repaired after somebody replaced one in memory', async () => {
      const [worker, wanted] = [await scene.answered(), await fingerprint()];
      await inMemory(certificate());
      expect(await seen()).toMatchObject([
        { kind: 'certificates', weight: 'fault', wanted: `${file}: ${wanted}` },
      ]);
      expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
      expect(await fingerprint()).toBe(wanted);
      expect(await scene.answered()).toBe(worker);
    });

    it('stays when haproxy does not show its certificates', async () => {
      const { haproxy } = scene.context.host;
      const unseen = [{ kinds: ['certificates'], object: scene.id }];
      expect(await withoutCertificates(haproxy, seen)).toEqual([]);
      expect(scene.context.drift.unseen()).toMatchObject(unseen);
      await inMemory(certificate());
      const items = await seen();
      expect(items).toMatchObject([{ kind: 'certificates' }]);
      expect(await withoutCertificates(haproxy, seen)).toEqual(items);
      expect(scene.context.drift.unseen()).toMatchObject(unseen);
      expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
      expect(scene.context.drift.unseen()).toEqual([]);
    });

    it('is only reported while a stored file is newer, until a reload', async () => {
      const runs = await fingerprint();
      await store(certificate());
      const { items, repaired } = await scene.lookTwice('repair');
      expect(items).toMatchObject([{ kind: 'certificates', weight: 'note', repair: null }]);
      expect(repaired).toBe(0);
      expect(await fingerprint()).toBe(runs);
      await scene.act('reload');
      expect(await fingerprint()).not.toBe(runs);
      expect(await scene.lookTwice('repair')).toEqual(NOTHING);
    });

    it('is only reported when somebody replaced the file by hand', async () => {
      await writeFile(file, certificate());
      expect((await scene.lookTwice('repair')).items).toMatchObject([{ kind: 'certificates', repair: null }]);
      execFileSync('rm', [file]);
      expect((await scene.lookTwice('repair')).items).toMatchObject([
        { kind: 'certificates', weight: 'fault', seen: `${file}: no readable file`, repair: null },
      ]);
    });

    it('is repaired after a change at run time too, when the agent was started since', async () => {
      await store(certificate());
      await scene.act('reload');
      const wanted = await fingerprint();
      await inMemory(certificate());
      expect(await scene.lookTwice('repair')).toEqual({ items: [], repaired: 1 });
      expect(await fingerprint()).toBe(wanted);
    });
  });
});
