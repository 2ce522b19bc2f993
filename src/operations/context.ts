import type { Logger } from 'pino';
import type { AgentConfig } from '../config/options.ts';
import type { HaproxyId } from '../domain/ids.ts';
import type { Paths } from '../domain/paths.ts';
import type { RecentEvents } from '../domain/recent-events.ts';
import type { Host } from '../host/host.ts';
import type { RenderTemplate } from '../render/templates.ts';
import type { DriftState } from './drift/drift-state.ts';
import type { CheckedTexts } from './haproxy/checked-texts.ts';
import type { HeartbeatState } from './health/heartbeat-state.ts';
import type { RecentPage } from './health/recent-page.ts';
import type { RequestCounts } from './health/request-counts.ts';
import type { ObjectQueue } from './object-queue.ts';
import type { OwnSettings } from './own-settings.ts';
import type { ReloadCounter } from './run-time/reload-counts.ts';
import type { SentCertificates } from './run-time/sent-certificates.ts';
import type { UnderWay } from './under-way.ts';
import type { UpgradeState } from './upgrade/upgrade-state.ts';

/** The dependencies of every operation. The composition root creates them once. */
export interface OperationContext {
  /** absolute path of the agent's configuration file */
  readonly configFile: string;
  readonly config: () => AgentConfig;
  readonly paths: Paths;
  readonly host: Host;
  readonly logger: Logger;
  readonly render: RenderTemplate;
  readonly queue: ObjectQueue;
  readonly own: OwnSettings;
  readonly reloads: ReloadCounter;
  readonly heartbeat: HeartbeatState;
  readonly requests: RequestCounts;
  readonly statusPage: RecentPage;
  /** version of this agent, as `--version` prints it */
  readonly version: string;
  /** load balancers whose drains this agent watches */
  readonly watchedDrains: Set<HaproxyId>;
  readonly checkedTexts: CheckedTexts;
  readonly sentCertificates: SentCertificates;
  readonly recent: RecentEvents;
  readonly drift: DriftState;
  readonly underWay: UnderWay;
  readonly upgrades: UpgradeState;
  /** the folder `bin` of the agent's installation */
  readonly installedCommands: string;
}

/** Names of the objects in the queue, besides the ids of load balancers and listeners. */
export const NETWORKS = 'networks';
export const VRRP = 'vrrp';
export const CHECK_SCRIPTS = 'check scripts';
export const NAMESPACE = 'namespace';
export const METRICS_PROXY = 'metrics proxy';
export const OWN_SETTINGS = 'own settings';
