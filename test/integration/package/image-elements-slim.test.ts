import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ELEMENT = path.resolve(import.meta.dirname, '../../../image-elements/amphora-slim');
const MODULES = 'lib/modules/6.1.0-1-cloud-amd64';

/**
 * Stands in for depmod, which reads the modules themselves. Keeps the lines of the modules that are there, and fails where one
 * of them needs a module that is gone.
 */
const DEPMOD = `#!/bin/sh
cd "$2/lib/modules/$3"
while IFS=: read -r module needs; do
  [ -e "$module" ] || continue
  for needed in $needs; do [ -e "$needed" ] || { echo "$module needs $needed" >&2; exit 1; }; done
  echo "$module:$needs"
done <modules.dep >modules.new
mv modules.new modules.dep
`;

let root: string;
let programs: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'slim-'));
  programs = path.join(root, 'programs');
  mkdirSync(programs);
  writeFileSync(path.join(programs, 'depmod'), DEPMOD, { mode: 0o755 });
});

afterEach(() => rm(root, { recursive: true }));

/** Makes an empty file below the tree of the image. */
function make(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
}

/** Makes modules, each with the modules that it needs, and modules.dep as depmod writes it. */
function makeModules(modules: Readonly<Record<string, readonly string[]>>): void {
  make(...Object.keys(modules).map((module) => `${MODULES}/kernel/${module}`));
  const lines = Object.entries(modules).map(([module, needs]) =>
    `kernel/${module}: ${needs.map((needed) => `kernel/${needed}`).join(' ')}`.trim(),
  );
  writeFileSync(path.join(root, MODULES, 'modules.dep'), `${lines.join('\n')}\n`);
}

function run(script: string, phase = 'finalise.d') {
  const { status, stderr } = spawnSync('sh', [path.join(ELEMENT, phase, script)], {
    encoding: 'utf8',
    env: { PATH: `${programs}:${process.env['PATH']}`, AMPHORA_ROOT: root },
  });
  return { status, stderr };
}

const isThere = (file: string): boolean => existsSync(path.join(root, file));
const hasModule = (module: string): boolean => isThere(`${MODULES}/kernel/${module}`);

describe('the kernel modules of an image', () => {
  it('are those that an amphora uses', () => {
    const used = {
      'fs/ext4/ext4.ko': ['fs/jbd2/jbd2.ko'],
      'fs/jbd2/jbd2.ko': [],
      'fs/overlayfs/overlay.ko': [],
      'net/netfilter/ipvs/ip_vs.ko': [],
      'net/sctp/sctp.ko': [],
      'drivers/net/virtio_net.ko.zst': [],
      'drivers/md/dm-mod.ko': [],
      'drivers/md/dm-crypt.ko': ['drivers/md/dm-mod.ko'],
      'fs/nls/nls_cp437.ko': [],
    };
    const unused = {
      'fs/xfs/xfs.ko': [],
      'fs/nfs/nfs.ko.zst': ['net/sunrpc/sunrpc.ko.zst'],
      'net/sunrpc/sunrpc.ko.zst': [],
      'drivers/md/raid1.ko': [],
      'drivers/block/nbd.ko': [],
      'fs/nls/nls_koi8-r.ko': [],
    };
    makeModules({ ...used, ...unused });
    expect(run('91-only-the-modules')).toEqual({ status: 0, stderr: '' });
    expect(Object.keys(used).filter((module) => !hasModule(module))).toEqual([]);
    expect(Object.keys(unused).filter(hasModule)).toEqual([]);
    expect(isThere(`${MODULES}/kernel/fs/xfs`)).toBe(false);
  });

  it('include what the driver of an SR-IOV interface needs in a folder that goes', () => {
    makeModules({
      'drivers/infiniband/hw/mlx5/mlx5_ib.ko': ['drivers/infiniband/core/ib_core.ko'],
      'drivers/infiniband/core/ib_core.ko': [],
      'drivers/infiniband/core/rdma_cm.ko': ['drivers/infiniband/core/ib_core.ko'],
    });
    expect(run('91-only-the-modules')).toEqual({ status: 0, stderr: '' });
    expect(hasModule('drivers/infiniband/hw/mlx5/mlx5_ib.ko')).toBe(true);
    expect(hasModule('drivers/infiniband/core/ib_core.ko')).toBe(true);
    expect(hasModule('drivers/infiniband/core/rdma_cm.ko')).toBe(false);
  });

  it('do not include one that needs a module that goes', () => {
    makeModules({
      'net/netfilter/xt_set.ko': ['net/netfilter/ipset/ip_set.ko'],
      'net/netfilter/ipset/ip_set.ko': [],
      'net/netfilter/xt_mark.ko': [],
    });
    expect(run('91-only-the-modules')).toEqual({ status: 0, stderr: '' });
    expect(hasModule('net/netfilter/xt_set.ko')).toBe(false);
    expect(hasModule('net/netfilter/xt_mark.ko')).toBe(true);
  });

  it('end the build where the lists remove one that an amphora needs, and name it', () => {
    makeModules({ 'net/sctp/sctp.ko': ['net/rds/rds.ko'], 'net/rds/rds.ko': [] });
    const { status, stderr } = run('91-only-the-modules');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^amphora-slim: the lists in 91-only-the-modules remove sctp of .*correct them\n$/,
    );
  });

  it('may be missing where the image has no kernel', () => {
    expect(run('91-only-the-modules')).toEqual({ status: 0, stderr: '' });
  });
});

describe('the files of an image', () => {
  const LIBRARY = 'usr/lib/x86_64-linux-gnu';

  it('do not include those that only the build needs', () => {
    const unused = [
      'usr/lib/grub/i386-pc/kernel.img',
      'usr/sbin/grub-install',
      'usr/bin/grub-mkimage',
      'lib/udev/hwdb.d/20-pci-vendor-model.hwdb',
      'usr/share/perl/5.99.0/unicore/Name.pl',
      'usr/share/perl/5.99.0/CPAN.pm',
      `${LIBRARY}/perl/5.99.0/auto/Encode/JP/JP.so`,
      `${LIBRARY}/gconv/EUC-JP.so`,
    ];
    const used = [
      'boot/grub/grub.cfg',
      'boot/grub/i386-pc/core.img',
      'lib/udev/hwdb.d/20-net-ifname.hwdb',
      'usr/share/perl/5.99.0/JSON/PP.pm',
      'usr/share/perl/5.99.0/Encode.pm',
      `${LIBRARY}/perl-base/unicore/To/Lower.pl`,
      `${LIBRARY}/libperl.so.5.99.0`,
      `${LIBRARY}/perl/5.99.0/auto/Encode/Encode.so`,
      `${LIBRARY}/gconv/UTF-16.so`,
      `${LIBRARY}/gconv/gconv-modules`,
    ];
    make(...unused, ...used);
    expect(run('92-only-what-runs')).toEqual({ status: 0, stderr: '' });
    expect(unused.filter(isThere)).toEqual([]);
    expect(used.filter((file) => !isThere(file))).toEqual([]);
  });

  it.each([
    [
      'do not include the fonts of a boot loader whose menu is text',
      'terminal_output serial console\n',
      false,
    ],
    ['include the fonts of a boot loader that loads one', 'loadfont unicode\n', true],
  ])('%s', (_what, configuration, isKept) => {
    const fonts = ['boot/grub/unicode.pf2', 'boot/grub/fonts/unicode.pf2'];
    make(...fonts);
    writeFileSync(path.join(root, 'boot/grub/grub.cfg'), configuration);
    expect(run('92-only-what-runs')).toEqual({ status: 0, stderr: '' });
    expect(fonts.map(isThere)).toEqual([isKept, isKept]);
  });
});

describe('the boot of an image', () => {
  it('does not start units and generators of systemd that no amphora needs', () => {
    expect(run('93-only-what-boots')).toEqual({ status: 0, stderr: '' });
    for (const directory of ['system', 'system-generators'].map((name) => `etc/systemd/${name}`)) {
      const names = readdirSync(path.join(root, directory));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(readlinkSync(path.join(root, directory, name))).toBe('/dev/null');
    }
  });

  it('starts the time, the first console and the units of its interfaces and logs', () => {
    run('93-only-what-boots');
    for (const unit of ['systemd-timesyncd', 'getty@tty1', 'serial-getty@', 'systemd-networkd', 'rsyslog'])
      expect(isThere(`etc/systemd/system/${unit}.service`)).toBe(false);
    for (const generator of ['fstab', 'getty', 'sysv', 'cryptsetup'])
      expect(isThere(`etc/systemd/system-generators/systemd-${generator}-generator`)).toBe(false);
  });

  it('has udev in the initrd only where the root file system is not found without it', () => {
    expect(run('20-small-initrd', 'pre-install.d')).toEqual({ status: 0, stderr: '' });
    const scripts = 'etc/initramfs-tools/scripts';
    const text = (script: string) => readFileSync(path.join(root, scripts, script), 'utf8');
    expect(text('init-top/udev')).not.toContain('udevd --daemon');
    expect(text('local-block/amphora-udev')).toContain('udevd --daemon');
    for (const script of ['init-top/udev', 'init-bottom/udev', 'local-block/amphora-udev']) {
      const { status, stdout, stderr } = spawnSync(path.join(root, scripts, script), ['prereqs'], {
        encoding: 'utf8',
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    }
  });
});
