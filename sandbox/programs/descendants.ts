import { readFile } from 'node:fs/promises';

/**
 * Returns the process id, in this pid namespace, of a process in a nested one.
 * @param ancestor process in this namespace whose descendants include the nested namespace
 * @param pid number of the process in the namespace directly below this one (proc(5), NSpid)
 */
export async function hostPidOf(ancestor: number | undefined, pid: number): Promise<number | undefined> {
  for (const candidate of ancestor === undefined ? [] : await descendants(ancestor)) {
    const status = await readFile(`/proc/${candidate}/status`, 'utf8').catch(() => '');
    const numbers = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
    if (numbers[1] === `${pid}`) return candidate;
  }
  return undefined;
}

/** Returns the process ids of all children, their children and so on. */
export async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim() === '' ? [] : text.trim().split(' ').map(Number);
  const further = await Promise.all(children.map(descendants));
  return [...children, ...further.flat()];
}
