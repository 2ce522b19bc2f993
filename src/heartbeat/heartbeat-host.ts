import { createDirectoryLists, type DirectoryLists } from '../host/directory-lists.ts';
import type { Files } from '../host/files.ts';
import { createHaproxySockets, type HaproxySockets } from '../host/haproxy/haproxy-socket.ts';
import { createKeptConnections, type KeptConnections } from '../host/haproxy/kept-connections.ts';
import { createProcesses, type Processes } from '../host/processes/processes.ts';

/** The parts of the host that heartbeats use. */
export interface HeartbeatHost {
  readonly files: Files;
  readonly lists: DirectoryLists;
  readonly processes: Processes;
  readonly haproxy: HaproxySockets;
  /** to the stats sockets of workers */
  readonly connections: KeptConnections;
}

/** @param idleMs as in createKeptConnections() */
export function createHeartbeatHost(files: Files, idleMs: () => number): HeartbeatHost {
  const haproxy = createHaproxySockets();
  const connections = createKeptConnections(haproxy, idleMs);
  return { files, lists: createDirectoryLists(), processes: createProcesses(files), haproxy, connections };
}
