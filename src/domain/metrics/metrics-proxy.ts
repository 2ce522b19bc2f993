import { AMPHORA_NAMESPACE, METRICS_PROXY_SERVICE } from '../paths.ts';
import type { Program } from '../program.ts';
import type { ServiceDefinition } from '../service-definitions.ts';

/**
 * All that it does is to read /proc and to talk on 127.0.0.1, so it needs no right of root's but to read the program itself,
 * which may lie in another user's folder (setpriv(1)).
 */
const WITHOUT_RIGHTS: Program = [
  'setpriv',
  '--no-new-privs',
  '--inh-caps=-all',
  '--bounding-set=-all,+dac_read_search',
  '--',
];

/** What malloc(3) keeps for threads and for large pieces; the installed agent has the same. */
const SMALL_MEMORY = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' } as const;

/**
 * The metrics proxy as the built-in supervisor runs it. systemd doesn't need the agent for it: it has a socket of its own that
 * starts the proxy (systemd/prometheus-proxy.socket).
 * @param options.agent how this very program is called, without arguments
 * @param options.dropsRights whether the agent may take rights away from what it starts
 */
export function metricsProxyDefinition(options: {
  readonly agent: Program;
  readonly pidFile: string;
  readonly dropsRights: boolean;
}): ServiceDefinition {
  const { agent, pidFile, dropsRights } = options;
  const [program, ...words]: Program = dropsRights ? [...WITHOUT_RIGHTS, ...agent] : agent;
  return {
    name: METRICS_PROXY_SERVICE,
    unit: '',
    supervised: {
      namespace: AMPHORA_NAMESPACE,
      command: [program, ...words, 'prometheus-proxy', '--pid-file', pidFile],
      checks: [],
      pidFile,
      forks: false,
      reloadSignal: 'SIGHUP',
      environment: SMALL_MEMORY,
      openFiles: null,
    },
  };
}
