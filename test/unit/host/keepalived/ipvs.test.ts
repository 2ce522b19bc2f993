import { describe, expect, it } from 'vitest';
import {
  parseIpvsadm,
  parseIpvsadmCounters,
  parseIpvsFile,
} from '../../../../src/domain/keepalived/ipvs-text.ts';
import { CommandFailed } from '../../../../src/errors.ts';
import type { Argv } from '../../../../src/host/command.ts';
import { createFiles } from '../../../../src/host/files.ts';
import { createIpvs } from '../../../../src/host/keepalived/ipvs.ts';
import { IPVS_FILE, IPVSADM, IPVSADM_STATS } from '../../../support/keepalived/lvs-examples.ts';

/** Returns recorded outputs: this machine's kernel has no IPVS. */
function recorded(outputs: { table?: string; stats?: string; failure?: string; file?: string }) {
  const ran: Argv[] = [];
  const run = async (argv: Argv) => {
    ran.push(argv);
    const { failure } = outputs;
    if (failure !== undefined) {
      throw new CommandFailed({ argv, exitCode: 2, timedOut: false, output: failure, reason: 'exit code 2' });
    }
    const stdout = (argv.includes('--stats') ? outputs.stats : outputs.table) ?? '';
    return { exitCode: 0, stdout, stderr: '', output: stdout };
  };
  const files = { ...createFiles(), readText: async () => outputs.file };
  return { ran, ipvs: createIpvs(files, async () => ({ run })) };
}

describe("the source of the kernel's virtual services", () => {
  it('is the /proc of keepalived and one program inside the namespace', async () => {
    const { ipvs, ran } = recorded({ file: IPVS_FILE, stats: IPVSADM_STATS });
    expect(await ipvs.read(7, 1000)).toEqual({
      services: parseIpvsFile(IPVS_FILE),
      counters: parseIpvsadmCounters(IPVSADM_STATS),
    });
    expect(ran).toEqual([
      ['nsenter', '--net=/run/netns/amphora-haproxy', '--', 'ipvsadm', '-Ln', '--stats', '--exact'],
    ]);
  });

  it.each([undefined, 7])('is ipvsadm alone without that file', async (pid) => {
    const { ipvs } = recorded({ table: IPVSADM, stats: IPVSADM_STATS });
    expect(await ipvs.read(pid, 1000)).toMatchObject({ services: parseIpvsadm(IPVSADM) });
  });

  it('is missing if the kernel has no IPVS', async () => {
    const failure =
      "Can't initialize ipvs: Protocol not available\nAre you sure that IP Virtual Server is built in the kernel or as module?\n";
    expect(await recorded({ failure }).ipvs.read(7, 1000)).toBe('missing');
  });

  it('is unknown after any other failure', async () => {
    await expect(recorded({ failure: 'Permission denied' }).ipvs.read(7, 1000)).rejects.toThrow(
      'Permission denied',
    );
  });
});
