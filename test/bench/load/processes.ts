import { readdir, readFile, readlink } from 'node:fs/promises';
import type { LabAmphora } from '../../support/amphora/amphora-lab.ts';

/** What some processes use. */
export interface ProcessUse {
  readonly processes: number;
  /** memory in MiB, with what they share counted once: proportional set size (proc(5), smaps_rollup) */
  readonly pssMiB: number;
  /** open file descriptors */
  readonly descriptors: number;
}

/** What the processes of an amphora use. */
export interface AmphoraUse {
  readonly agent: ProcessUse;
  readonly haproxy: ProcessUse;
  /** all of them, the programs that the agent runs for a moment included */
  readonly all: ProcessUse;
}

const KIB_PER_MIB = 1024;

export async function amphoraUse(amphora: LabAmphora): Promise<AmphoraUse> {
  const agent = amphora.agentPid();
  const namespace = await readlink(`/proc/${amphora.box.pid}/ns/pid`);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(pids.map((pid) => look(pid, namespace)));
  const inside = seen.filter((process) => process !== undefined);
  return {
    agent: sum(inside.filter(({ pid }) => pid === agent)),
    haproxy: sum(inside.filter(({ name }) => name === 'haproxy')),
    all: sum(inside),
  };
}

interface SeenProcess {
  readonly pid: number;
  readonly name: string;
  readonly pssMiB: number;
  readonly descriptors: number;
}

/** @returns undefined for a process of another namespace, and for one that ended meanwhile */
async function look(pid: string, namespace: string): Promise<SeenProcess | undefined> {
  try {
    if ((await readlink(`/proc/${pid}/ns/pid`)) !== namespace) return undefined;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    const pss = /^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? '0';
    const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
    return { pid: Number(pid), name, pssMiB: Number(pss) / KIB_PER_MIB, descriptors };
  } catch {
    return undefined;
  }
}

const sum = (processes: readonly SeenProcess[]): ProcessUse => ({
  processes: processes.length,
  pssMiB: processes.reduce((total, { pssMiB }) => total + pssMiB, 0),
  descriptors: processes.reduce((total, { descriptors }) => total + descriptors, 0),
});
