import { type DescriptorRights, parseDescriptorRights } from '../../domain/proc-files.ts';
import type { Files } from '../files.ts';
import type { ServiceManagerKind } from '../services/services.ts';

/** The most files that a service can have open. Each result is undefined when /proc doesn't show the limit. */
export interface OpenFiles {
  /** Returns the limit of a running process. */
  mostOf(pid: number): Promise<number | undefined>;
  /** Returns the limit of a service that would start now. @param wanted the limit in the definition of the service */
  mostOfStarted(kind: ServiceManagerKind, wanted: number): Promise<number | undefined>;
}

const SYSTEMD_PID = 1;

export function createOpenFiles(files: Pick<Files, 'readText'>): OpenFiles {
  const rightsOf = async (pid: number | 'self'): Promise<DescriptorRights | undefined> => {
    const text = async (name: string): Promise<string> =>
      (await files.readText(`/proc/${pid}/${name}`)) ?? '';
    const [limits, status, uidMap] = await Promise.all([text('limits'), text('status'), text('uid_map')]);
    return parseDescriptorRights({ limits, status, uidMap });
  };
  /** haproxy raises its own limit to the most that the kernel allows. */
  const most = async ({ hardLimit, mayRaise }: DescriptorRights): Promise<number> => {
    if (!mayRaise) return hardLimit;
    return Math.max(hardLimit, Number((await files.readText('/proc/sys/fs/nr_open')) ?? hardLimit));
  };
  return {
    async mostOf(pid) {
      const rights = await rightsOf(pid);
      return rights && most(rights);
    },
    async mostOfStarted(kind, wanted) {
      const rights = await rightsOf(kind === 'systemd' ? SYSTEMD_PID : 'self');
      if (rights === undefined) return undefined;
      // systemd sets the wanted limit, but not above its own unless it may raise that; the supervisor passes on its own
      return rights.mayRaise || kind === 'supervisor' ? most(rights) : Math.min(wanted, rights.hardLimit);
    },
  };
}
