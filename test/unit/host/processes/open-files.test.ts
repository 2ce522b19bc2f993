import { describe, expect, it } from 'vitest';
import { createOpenFiles } from '../../../../src/host/processes/open-files.ts';

const WANTED = 2_600_000;
const ALL_RIGHTS = '000001ffffffffff';
const WITHOUT_RESOURCES = '000001fffeffffff';
const FIRST_NAMESPACE = '         0          0 4294967295\n';

/** The files of a process in /proc. */
const machine = (
  pid: number | 'self',
  {
    hard,
    capabilities = ALL_RIGHTS,
    ids = FIRST_NAMESPACE,
  }: { hard: string; capabilities?: string; ids?: string },
) => {
  const texts = new Map([
    [
      `/proc/${pid}/limits`,
      `Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 ${hard}               files\n`,
    ],
    [`/proc/${pid}/status`, `Name:\tx\nCapEff:\t${capabilities}\n`],
    [`/proc/${pid}/uid_map`, ids],
    ['/proc/sys/fs/nr_open', '1048576\n'],
  ]);
  return createOpenFiles({ readText: (file) => Promise.resolve(texts.get(file)) });
};

describe('the most files that a service can have open', () => {
  it.each([
    ['a virtual machine: as many as the kernel has', { hard: '524288' }, 1_048_576],
    [
      'a container without the right to more: its own limit',
      { hard: '20000', capabilities: WITHOUT_RESOURCES },
      20_000,
    ],
    [
      'a container with users of its own, whose root has no rights outside',
      { hard: '524288', ids: '0 100000 65536\n' },
      524_288,
    ],
  ])('in %s', async (_what, process, count) => {
    expect(await machine(1, process).mostOfStarted('systemd', WANTED)).toBe(count);
    expect(await machine('self', process).mostOfStarted('supervisor', WANTED)).toBe(count);
    expect(await machine(7, process).mostOf(7)).toBe(count);
  });

  it('is the limit of the unit if systemd has a higher one and may not raise it', async () => {
    const process = { hard: '1073741816', capabilities: WITHOUT_RESOURCES };
    expect(await machine(1, process).mostOfStarted('systemd', WANTED)).toBe(WANTED);
  });

  it('is unknown if /proc does not show it', async () => {
    expect(await machine(1, { hard: '5' }).mostOf(2)).toBeUndefined();
  });
});
