import type { Logger } from 'pino';
import type { AgentConfig } from '../config/options.ts';
import type { Paths } from '../domain/paths.ts';
import type { Host } from '../host/host.ts';
import type { RenderTemplate } from '../render/templates.ts';
import type { ObjectQueue } from './object-queue.ts';
import type { OwnSettings } from './own-settings.ts';

/** What every operation works with; made once by the composition root. */
export interface OperationContext {
  /** the agent's configuration file, absolute */
  readonly configFile: string;
  readonly config: () => AgentConfig;
  readonly paths: Paths;
  readonly host: Host;
  readonly logger: Logger;
  readonly render: RenderTemplate;
  readonly queue: ObjectQueue;
  readonly own: OwnSettings;
}

/** Names of the objects that operations queue for, beside the ids of load balancers. */
export const NETWORKS = 'networks';
export const VRRP = 'vrrp';
export const CHECK_SCRIPTS = 'check scripts';
export const NAMESPACE = 'namespace';
export const METRICS_PROXY = 'metrics proxy';
export const OWN_SETTINGS = 'own settings';
