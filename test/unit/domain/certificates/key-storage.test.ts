import { describe, expect, it } from 'vitest';
import { isInFstab, isMounted, unitsThatMount } from '../../../../src/domain/certificates/key-storage.ts';

const CERTS = '/var/lib/octavia/certs';

describe('the file system that keys are kept on', () => {
  it('may be mounted by the unit of Octavia or by a unit of systemd under its escaped name', () => {
    expect(unitsThatMount(CERTS).map(({ unit }) => unit)).toEqual([
      'certs-ramfs.service',
      'var-lib-octavia-certs.mount',
      'octavia-agent-certs-ramfs.service',
    ]);
    expect(unitsThatMount('/.keys/my-certs é/')[1]).toEqual({
      unit: '\\x2ekeys-my\\x2dcerts\\x20\\xc3\\xa9.mount',
      files: expect.arrayContaining(['/etc/systemd/system/\\x2ekeys-my\\x2dcerts\\x20\\xc3\\xa9.mount']),
    });
  });

  it("is the work of the unit of Debian's octavia-agent only where this agent's package has it started", () => {
    expect(unitsThatMount(CERTS).at(-1)?.files).toEqual([
      '/etc/systemd/system/amphora-agent.service.wants/octavia-agent-certs-ramfs.service',
    ]);
  });

  it('may be an entry in fstab, but not a comment, a parent directory or a subdirectory', () => {
    const fstab = `# tmpfs ${CERTS} tmpfs\n/dev/vda1 / ext4\ntmpfs\t${CERTS}/ tmpfs mode=700 0 0\n`;
    expect(isInFstab(fstab, CERTS)).toBe(true);
    expect(isInFstab(fstab, '/')).toBe(true);
    expect(isInFstab(fstab, `${CERTS}/a`)).toBe(false);
    expect(isInFstab(`# tmpfs ${CERTS} tmpfs\n\n`, CERTS)).toBe(false);
  });

  it('is mounted if the kernel lists it', () => {
    const mountinfo = `22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
40 22 0:35 / ${CERTS} rw,relatime shared:20 - ext2 /dev/mapper/certfs-ramfs rw
41 22 0:36 / /my\\040keys rw - tmpfs tmpfs rw
`;
    expect(isMounted(mountinfo, `${CERTS}/`)).toBe(true);
    expect(isMounted(mountinfo, '/my keys')).toBe(true);
    expect(isMounted(mountinfo, '/var/lib/octavia')).toBe(false);
    expect(isMounted('', CERTS)).toBe(false);
  });
});
