import { createDirectoryWatch, type DirectoryWatch } from '../directory-watch.ts';
import type { ServiceManager } from './services.ts';

/** The directory in which systemd keeps a link for each run of a unit. systemd removes or replaces the link when the run ends. */
const RUNS = '/run/systemd/units';
/** The link of a service that the agent has written. */
const OWN_RUN = /^invocation:((?:haproxy-|octavia-keepalived)[\w-]*)\.service$/;

/**
 * Reports each service of the agent whose run begins or ends. It costs nothing while no unit does. Changes are missed where
 * the directory can't be watched.
 */
export function createUnitRuns(): Pick<ServiceManager, 'onEnd' | 'close'> {
  let watch: DirectoryWatch | undefined;
  return {
    onEnd(listener) {
      watch?.close();
      watch = createDirectoryWatch(RUNS, (file) => {
        const [, name] = OWN_RUN.exec(file ?? '') ?? [];
        if (name !== undefined) listener(name);
      });
      void watch.renew();
    },
    close: () => watch?.close(),
  };
}
