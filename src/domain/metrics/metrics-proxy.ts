import { AMPHORA_NAMESPACE, METRICS_PROXY_SERVICE } from '../paths.ts';
import type { Program } from '../program.ts';
import type { ServiceDefinition } from '../service-definitions.ts';

/**
 * Drops all capabilities except reading the program itself, which may lie in another user's directory (setpriv(1)). The
 * proxy only reads /proc and records of load balancers, and connects to 127.0.0.1 and to haproxy's stats sockets.
 */
const WITHOUT_RIGHTS: Program = [
  'setpriv',
  '--no-new-privs',
  '--inh-caps=-all',
  '--bounding-set=-all,+dac_read_search',
  '--',
];

/** Limits the memory that malloc(3) keeps for threads and for large blocks. The installed agent has the same settings. */
const SMALL_MEMORY = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' } as const;

/**
 * Returns the metrics proxy as the built-in supervisor runs it. systemd starts the proxy without the agent, by a socket of
 * its own (systemd/prometheus-proxy.socket).
 * @param options.agent command of this program, without arguments
 * @param options.basePath directory of the load balancers
 * @param options.dropsRights whether the agent may drop capabilities of its child processes
 */
export function metricsProxyDefinition(options: {
  readonly agent: Program;
  readonly pidFile: string;
  readonly basePath: string;
  readonly dropsRights: boolean;
}): ServiceDefinition {
  const { agent, pidFile, basePath, dropsRights } = options;
  const [program, ...args]: Program = dropsRights ? [...WITHOUT_RIGHTS, ...agent] : agent;
  return {
    name: METRICS_PROXY_SERVICE,
    unit: '',
    supervised: {
      namespace: AMPHORA_NAMESPACE,
      command: [program, ...args, 'prometheus-proxy', '--pid-file', pidFile, '--base-path', basePath],
      checks: [],
      pidFile,
      forks: false,
      reloadSignal: 'SIGHUP',
      environment: SMALL_MEMORY,
      openFiles: null,
    },
  };
}
