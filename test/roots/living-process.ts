import { stat } from 'node:fs/promises';

/** Whether a process runs on this machine. @param pid its process id, as text */
export const isLiving = (pid: string): Promise<boolean> =>
  stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
