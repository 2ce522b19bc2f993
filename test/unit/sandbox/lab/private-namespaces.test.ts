import { expect, test } from 'vitest';
import {
  hidingMounts,
  mapsId,
  privateNamespacesCommand,
} from '../../../../sandbox/lab/private-namespaces.ts';

test('root needs no user namespace, others get one in which they are root', () => {
  expect(privateNamespacesCommand(['true'], { root: true })).not.toContain('--user');
  expect(privateNamespacesCommand(['true'], { root: false })).toEqual(
    expect.arrayContaining(['--user', '--map-root-user']),
  );
});

test('other user ids are mapped only if that is possible', () => {
  expect(privateNamespacesCommand(['true'], { root: false })).not.toContain('--map-auto');
  expect(privateNamespacesCommand(['true'], { root: false, subordinateIds: true })).toContain('--map-auto');
});

test('the command runs behind a process 1 that reaps children', () => {
  const command = privateNamespacesCommand(['node', '--flag', 'x'], { root: true });
  expect(command.slice(-6)).toEqual(['tini', '-s', '--', 'node', '--flag', 'x']);
});

test('/proc/sys/net stays writable while the rest of /proc/sys becomes read-only', () => {
  const lines = hidingMounts(false).map((argv) => argv.join(' '));
  expect(lines.indexOf('mount --bind /proc/sys/net /proc/sys/net')).toBeGreaterThan(
    lines.indexOf('mount --bind /proc/sys /proc/sys'),
  );
  expect(lines).toContain('mount -o remount,bind,ro /proc/sys');
});

test('a rescan of the PCI bus of the host is blocked if there is one', () => {
  const rescan = 'mount --bind /dev/null /sys/bus/pci/rescan';
  expect(hidingMounts(true).map((argv) => argv.join(' '))).toContain(rescan);
  expect(hidingMounts(false).map((argv) => argv.join(' '))).not.toContain(rescan);
});

test.each([
  ['         0          0 4294967295\n', true],
  ['         0       1001          1\n', false],
  ['         0       1001          1\n         1     100000      65535\n', true],
  ['         0       1001          1\n         1     100000      1000\n', false],
])('the map %j shows whether nobody (65534) exists', (map, expected) => {
  expect(mapsId(map, 65534)).toBe(expected);
});
