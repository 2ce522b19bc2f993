import type { Logger } from 'pino';
import { metricsProxyDefinition } from '../domain/metrics/metrics-proxy.ts';
import { METRICS_PROXY_SERVICE, type Paths } from '../domain/paths.ts';
import { CAP_SETPCAP, hasCapability } from '../domain/proc-files.ts';
import type { Program } from '../domain/program.ts';
import { AgentError } from '../errors.ts';
import type { Files } from './files.ts';
import type { ServiceManager } from './services/services.ts';

/** The process that serves haproxy's metrics under Octavia's names, for PROMETHEUS listeners. */
export interface MetricsProxy {
  /**
   * Starts or stops the proxy. The proxy outlives the agent, as haproxy does. The service manager restarts it when it ends.
   * A failure is logged, never thrown: traffic doesn't depend on the proxy. Does nothing under systemd, where a socket unit
   * starts the proxy.
   */
  setNeeded(isNeeded: boolean): Promise<void>;
}

interface MetricsProxyParts {
  readonly files: Pick<Files, 'readText'>;
  readonly services: ServiceManager;
  readonly paths: Pick<Paths, 'base' | 'metricsProxyPidFile'>;
  readonly logger: Logger;
}

/** @param agent the command line that starts this program, without arguments */
export function createMetricsProxy(parts: MetricsProxyParts, agent: Program): MetricsProxy {
  const { files, services, paths, logger } = parts;
  const status = async () => (await services.state(METRICS_PROXY_SERVICE)).status;
  const run = async (): Promise<void> => {
    const definition = metricsProxyDefinition({
      agent,
      pidFile: paths.metricsProxyPidFile,
      basePath: paths.base,
      dropsRights: hasCapability((await files.readText('/proc/self/status')) ?? '', CAP_SETPCAP),
    });
    await services.install(definition);
    if ((await status()) === 'active') return;
    await services.enable(METRICS_PROXY_SERVICE);
    await services.start(METRICS_PROXY_SERVICE);
  };
  return {
    async setNeeded(isNeeded) {
      if (services.kind === 'systemd') return;
      try {
        if (isNeeded) await run();
        else if ((await status()) !== 'inactive') await services.remove(METRICS_PROXY_SERVICE);
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        logger.error({ err: error, isNeeded }, 'cannot start or stop the metrics proxy');
      }
    },
  };
}
