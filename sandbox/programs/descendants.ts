import { readFile } from 'node:fs/promises';

/**
 * What a process of a pid namespace is called here.
 * @param ancestor process here, from which the namespace descends
 * @param pid number of the process in the namespace just below this one (proc(5), NSpid)
 */
export async function hostPidOf(ancestor: number | undefined, pid: number): Promise<number | undefined> {
  for (const candidate of ancestor === undefined ? [] : await descendants(ancestor)) {
    const status = await readFile(`/proc/${candidate}/status`, 'utf8').catch(() => '');
    const numbers = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
    if (numbers[1] === `${pid}`) return candidate;
  }
  return undefined;
}

/** Process ids of all children, their children and so on. */
export async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim() === '' ? [] : text.trim().split(' ').map(Number);
  const further = await Promise.all(children.map(descendants));
  return [...children, ...further.flat()];
}
