import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepalivedConfigText } from '../../../sandbox/controller/load-balancer.ts';
import { TEMPORARY_PREFIX } from '../../../src/host/files.ts';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';
import { FIRST_RETRIES } from '../../support/amphora/fault-lab.ts';
import { useFaultLab } from '../../support/amphora/use-lab.ts';
import { alwaysReload } from '../../support/haproxy/always-reload.ts';
import { LVS, lvsConfigText } from '../../support/keepalived/lvs-examples.ts';

const BASE = '/var/lib/octavia';
const FILLER = `${BASE}/filler`;

const lab = useFaultLab({ prepare: useSmallDisk });

/** Puts the agent's base_path on a small disk, with the files of the image. A reload writes the states of members there. */
async function useSmallDisk(amphora: Pick<LabAmphora, 'exec' | 'box'>): Promise<void> {
  const { exec } = amphora;
  await alwaysReload(amphora);
  await exec(['cp', '-a', BASE, '/run/before']);
  await exec(['mount', '-t', 'tmpfs', '-o', 'size=2m,mode=755', 'small', BASE]);
  await exec(['cp', '-a', '/run/before/.', BASE]);
}

/** before and after its restart */
const AGENTS = 2;
const SERVICES = 2;
const ANY = Array.from({ length: 256 }, (_, code) => code);
interface Fault {
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  /** the message of the kernel */
  readonly words: RegExp;
  /** haproxy makes new sockets at a reload, which needs a writable disk but no space */
  readonly reload: { readonly status: number; readonly json?: unknown };
}
const FAULTS: [what: string, fault: Fault][] = [
  [
    'a full disk',
    {
      begin: () => lab.amphora.exec(['dd', 'if=/dev/zero', `of=${FILLER}`, 'bs=4k'], { okCodes: ANY }),
      end: () => lab.amphora.exec(['rm', FILLER]),
      words: /ENOSPC: no space left on device/,
      reload: { status: 202 },
    },
  ],
  [
    'a disk that became read-only',
    {
      // mounted over the writable disk: a real error of the disk would not affect open files either
      begin: async () => {
        await lab.amphora.exec(['mount', '--bind', BASE, BASE]);
        await lab.amphora.exec(['mount', '-o', 'remount,bind,ro', BASE]);
      },
      end: () => lab.amphora.exec(['umount', BASE]),
      words: /EROFS: read-only file system/,
      reload: {
        status: 500,
        json: { details: expect.stringMatching(/read-only file system/i) },
      },
    },
  ],
];

describe.each(FAULTS)('%s under base_path', (_what, fault) => {
  /** Returns every upload that has to store a file. */
  const uploads = () => {
    const { amphora, ask, troubled, upload } = lab;
    const vrrp = keepalivedConfigText(troubled, {
      amphoraId: amphora.id,
      state: 'MASTER',
      priority: 100,
      advertisementInterval: 1,
    });
    return [
      () => upload(troubled, 7),
      () => ask('PUT', '/1.0/vrrp/upload', { text: vrrp }),
      () =>
        ask('PUT', `/1.0/listeners/${amphora.id}/${LVS.listener}/udp_listener`, { text: lvsConfigText() }),
    ];
  };
  const stored = () => lab.amphora.readText(`${BASE}/${lab.troubled.id}/haproxy.cfg`);
  const leftovers = async (): Promise<string[]> => {
    const names = await readdir(lab.amphora.box.file(BASE), { recursive: true });
    return names.filter((name) => name.includes(TEMPORARY_PREFIX));
  };

  beforeAll(() => fault.begin());

  it('is reported with the path in the answer to an upload, and the stored configuration stays', async () => {
    for (const upload of uploads()) {
      const { status, json } = await upload();
      expect(status).toBe(500);
      expect(json).toMatchObject({ details: expect.stringMatching(fault.words) });
      expect(json).toMatchObject({ details: expect.stringContaining(BASE) });
    }
    expect(await stored()).toContain(`retries ${FIRST_RETRIES}\n`);
    expect(await leftovers()).toEqual([]);
  });

  it('stops neither heartbeats, nor answers, nor a reload', async () => {
    const { amphora, ask, steady, troubled, act, beatOf } = lab;
    expect((await ask('GET', '/1.0/details')).status).toBe(200);
    expect(await act(troubled, 'reload')).toMatchObject(fault.reload);
    await beatOf(steady, troubled);
    await expect.poll(amphora.agentLog).toContain('the file cannot be written');
  });

  it('does not stop the start of the agent or its heartbeats', async () => {
    const { amphora, steady, troubled, beatOf } = lab;
    await amphora.stopAgent('SIGKILL');
    await amphora.startAgent();
    await beatOf(steady, troubled);
  });

  it('is logged once by each agent that supervises services, not at every check', async () => {
    const { amphora, steady, troubled, beatOf } = lab;
    for (let beats = 0; beats < 5; beats += 1) await beatOf(steady, troubled);
    const told = amphora.agentLog().split('cannot read the state of the service').length - 1;
    expect(told).toBeLessThanOrEqual(AGENTS * SERVICES);
  });

  it('is no longer reported when it has ended', async () => {
    await fault.end();
    const { troubled, steady, act, upload, beatOf } = lab;
    expect((await upload(troubled, 8)).status).toBe(202);
    expect(await stored()).toContain('retries 8\n');
    expect((await act(troubled, 'reload')).status).toBe(202);
    await beatOf(steady, troubled);
    expect((await upload(troubled, FIRST_RETRIES)).status).toBe(202);
    expect(await leftovers()).toEqual([]);
  });
});
