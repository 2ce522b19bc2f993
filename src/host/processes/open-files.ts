import { type DescriptorRights, parseDescriptorRights } from '../../domain/proc-files.ts';
import type { Files } from '../files.ts';
import type { ServiceManagerKind } from '../services/services.ts';

/** How many files a service can have open at most. Each answer is undefined where it can't be found out. */
export interface OpenFiles {
  /** @param pid a process that runs */
  mostOf(pid: number): Promise<number | undefined>;
  /** A service that would be started now. @param wanted as its definition has it */
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
  /** haproxy raises its own limit as far as it may. */
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
      // systemd gives what is wanted, or its own limit where that is less and it may not raise it; the supervisor its own
      return rights.mayRaise || kind === 'supervisor' ? most(rights) : Math.min(wanted, rights.hardLimit);
    },
  };
}
