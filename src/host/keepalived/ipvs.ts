import { parseIpvsadm, parseIpvsadmCounters, parseIpvsFile } from '../../domain/keepalived/ipvs-text.ts';
import type { IpvsState } from '../../domain/keepalived/lvs-statistics.ts';
import { CommandFailed } from '../../errors.ts';
import type { Argv, CommandRunner } from '../command.ts';
import type { Files } from '../files.ts';
import { ENTER_NAMESPACE } from '../network/enter-namespace.ts';

/** The virtual services of the kernel (IPVS) in the namespace amphora-haproxy. */
export interface Ipvs {
  /**
   * @param keepalivedPid a process in the namespace; its files in /proc save the start of a program; undefined when none
   *   runs
   * @param limitMs ms until a program that hangs is ended
   * @returns `'missing'` when the kernel has no IPVS
   * @throws CommandFailed when ipvsadm fails
   */
  read(keepalivedPid: number | undefined, limitMs: number): Promise<IpvsState | 'missing'>;
}

const MISSING = /can't initialize ipvs/i;

/** @param commands called at the first need: most amphorae have no UDP or SCTP listener */
export function createIpvs(files: Files, commands: () => Promise<CommandRunner>): Ipvs {
  const list = async (limitMs: number, ...options: string[]): Promise<string | 'missing'> => {
    const argv: Argv = [...ENTER_NAMESPACE, 'ipvsadm', '-Ln', ...options];
    try {
      return (await (await commands()).run(argv, { timeoutMs: Math.ceil(limitMs) })).stdout;
    } catch (error) {
      if (error instanceof CommandFailed && MISSING.test(error.output)) return 'missing';
      throw error;
    }
  };

  return {
    async read(keepalivedPid, limitMs) {
      const file =
        keepalivedPid === undefined ? undefined : await files.readText(`/proc/${keepalivedPid}/net/ip_vs`);
      const counters = await list(limitMs, '--stats', '--exact');
      if (counters === 'missing') return 'missing';
      const table = file ?? (await list(limitMs));
      if (table === 'missing') return 'missing';
      return {
        services: file === undefined ? parseIpvsadm(table) : parseIpvsFile(table),
        counters: parseIpvsadmCounters(counters),
      };
    },
  };
}
