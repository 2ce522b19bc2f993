import { statSync } from 'node:fs';
import {
  createDirectoryWatch,
  type DirectoryWatch,
  type FindDirectory,
  type StartWatch,
} from '../directory-watch.ts';
import type { ServiceManager } from './services.ts';

/** The directory in which systemd keeps a link for each run of a unit. systemd removes or replaces the link when the run ends. */
const RUNS = '/run/systemd/units';
/** The link of a service that the agent has written. */
const OWN_RUN = /^invocation:((?:haproxy-|octavia-keepalived)[\w-]*)\.service$/;

/** The directory is in memory, so a look at it is shorter than the wake-up of a thread for it. */
const findNow: FindDirectory = async (directory) => statSync(directory);

/**
 * Reports each service of the agent whose run begins or ends. It costs nothing while no unit does. Changes are missed while
 * the directory can't be watched.
 * @param directory default: the one of systemd
 */
export function createUnitRuns(
  directory: string = RUNS,
  startWatch?: StartWatch,
): Pick<ServiceManager, 'onEnd' | 'renewEnds' | 'close'> {
  let watch: DirectoryWatch | undefined;
  return {
    onEnd(listener) {
      watch?.close();
      const onEvent = (file: string | null): void => {
        const [, name] = OWN_RUN.exec(file ?? '') ?? [];
        if (name !== undefined) listener(name);
      };
      watch = createDirectoryWatch(directory, onEvent, startWatch, findNow);
      // the next renewEnds() returns the reason of a failure
      void watch.renew();
    },
    renewEnds: async () => (await watch?.renew())?.message,
    close: () => watch?.close(),
  };
}
