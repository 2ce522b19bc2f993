import type { StartWatch } from '../../src/host/directory-watch.ts';

/** Fails as inotify does when the user has no watch left: a test can't use up those of the whole machine. */
export const noWatches: StartWatch = (directory) => {
  throw Object.assign(
    new Error(`ENOSPC: System limit for number of file watchers reached, watch '${directory}'`),
    {
      code: 'ENOSPC',
    },
  );
};
