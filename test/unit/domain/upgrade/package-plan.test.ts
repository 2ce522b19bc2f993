import { describe, expect, it } from 'vitest';
import { diskShortage } from '../../../../src/domain/upgrade/disk-need.ts';
import { parseInstalled } from '../../../../src/domain/upgrade/dpkg-output.ts';
import { type ComparedPackage, packagePlan } from '../../../../src/domain/upgrade/package-plan.ts';

const HAPROXY: ComparedPackage = {
  name: 'haproxy',
  version: '2.6-3',
  installed: '2.6-2',
  order: 'newer',
  from: undefined,
  isBelowFrom: false,
};
const OLDER: ComparedPackage = { ...HAPROXY, version: '2.6-1', order: 'older' };

describe('the plan of an upgrade', () => {
  it('has each package with both versions, and none whose version is installed', () => {
    const fresh: ComparedPackage = { ...HAPROXY, name: 'lib', installed: undefined };
    const same: ComparedPackage = { ...HAPROXY, name: 'agent', version: '2.6-2', order: 'same' };
    expect(packagePlan([HAPROXY, fresh, same], false)).toEqual({
      changes: [
        { name: 'haproxy', from: '2.6-2', to: '2.6-3' },
        { name: 'lib', from: null, to: '2.6-3' },
      ],
    });
  });

  it('refuses a downgrade that is not signed as one', () => {
    expect(packagePlan([HAPROXY, OLDER], false)).toEqual({
      refusal: 'haproxy 2.6-2 is installed, which is newer than 2.6-1, and the bundle allows no downgrade',
    });
    expect(packagePlan([OLDER], true)).toHaveProperty('changes');
  });

  it('refuses an installed version below the lowest one that the bundle replaces, also as a downgrade', () => {
    const below: ComparedPackage = { ...HAPROXY, from: '2.6-2.1', isBelowFrom: true };
    expect(packagePlan([below], true)).toEqual({
      refusal: 'haproxy 2.6-2 is installed, and the bundle only replaces version 2.6-2.1 or a newer one',
    });
    expect(packagePlan([{ ...HAPROXY, installed: undefined, from: '1' }], false)).toEqual({
      refusal: 'haproxy is not installed, and the bundle only replaces version 1 or a newer one',
    });
  });

  it('refuses when all packages are installed already', () => {
    expect(packagePlan([{ ...HAPROXY, order: 'same' }], false)).toEqual({
      refusal: expect.stringMatching(/^nothing to do/),
    });
  });
});

describe('the room for an upgrade', () => {
  const MIB = 1024 * 1024;
  const sizes = { bundle: 10 * MIB, unpacked: 100 * MIB, former: 90 * MIB, agent: 120 * MIB };

  it('is enough when each file system holds all of it and the reserve', () => {
    expect(diskShortage(sizes, [{ path: '/', availableBytes: 384 * MIB }])).toBeUndefined();
  });

  it('is short otherwise, and the reason has all numbers', () => {
    const disks = [
      { path: '/', availableBytes: 1000 * MIB },
      { path: '/var', availableBytes: 384 * MIB - 1 },
    ];
    expect(diskShortage(sizes, disks)).toBe(
      'the disk of /var has 383 MiB left, and the upgrade needs 384 MiB: 10 for the bundle, 100 for its files, 90 for the way back, 120 for a copy of the agent, 64 in reserve',
    );
  });
});

describe('the output of dpkg-query', () => {
  it('gives version and size of each package that has files', () => {
    const output =
      'haproxy\t2.6.12-1\t4096\tinstalled\nhalf\t1\t\thalf-configured\ngone\t1\t5\tconfig-files\nnever\t\t\tnot-installed\n';
    expect([...parseInstalled(output)]).toEqual([
      ['haproxy', { version: '2.6.12-1', bytes: 4096 * 1024 }],
      ['half', { version: '1', bytes: 0 }],
    ]);
  });
});
