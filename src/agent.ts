import path from 'node:path';
import type { Logger } from 'pino';
import { createLiveConfig } from './config/live-config.ts';
import type { AgentConfig } from './config/options.ts';
import { readConfigFile } from './config-file.ts';
import { createPaths } from './domain/paths.ts';
import { createRecentEvents } from './domain/recent-events.ts';
import type { AuthoritiesFile } from './domain/self-test/client-authorities.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat/supervise.ts';
import { type AuditLog, createAuditLog } from './host/audit-log.ts';
import { withBlockingReads } from './host/blocking-reads.ts';
import { createHost } from './host/create-host.ts';
import { watchFiles } from './host/file-watch.ts';
import { createFiles } from './host/files.ts';
import { createLocks, createTriedLocks } from './host/locks.ts';
import { giveBackMemory } from './host/memory.ts';
import {
  createSystemdNotifier,
  type SystemdEnvironment,
  type SystemdNotifier,
} from './host/services/sd-notify.ts';
import type { StartFacts } from './host/start-facts.ts';
import { createApp } from './http/app.ts';
import { listenUntilBound } from './http/server/bound-listening.ts';
import { createClients } from './http/server/clients.ts';
import { createLocalServer } from './http/server/local-server.ts';
import { createServedTls, fixedTls, type ServedTls } from './http/server/served-tls.ts';
import { createApiServer, type TlsMaterial } from './http/server/server.ts';
import { type DevelopmentCertificate, developmentMaterial } from './http/server/tls-material.ts';
import { rereadOwnCertificates, rereadOwnConfig } from './operations/amphora/own-settings.ts';
import { prepareAmphora } from './operations/amphora/preparation.ts';
import type { SelfTest } from './operations/amphora/self-test.ts';
import { startNotices } from './operations/amphora/start-notices.ts';
import type { OperationContext } from './operations/context.ts';
import { createDriftState } from './operations/drift/drift-state.ts';
import { watchDrift } from './operations/drift/drift-watch.ts';
import { createCheckedTexts } from './operations/haproxy/checked-texts.ts';
import { createRecentPage } from './operations/health/recent-page.ts';
import { createRequestCounts } from './operations/health/request-counts.ts';
import { createObjectQueue } from './operations/object-queue.ts';
import { createReloadCounter } from './operations/run-time/reload-counts.ts';
import { createSentCertificates } from './operations/run-time/sent-certificates.ts';
import { createUnderWay } from './operations/under-way.ts';
import { createUpgradeState } from './operations/upgrade/upgrade-state.ts';
import { renderPrograms } from './render/programs.ts';
import { createTemplates } from './render/templates.ts';

/** The settings that come from the command line and the environment. */
export interface AgentSettings {
  /** version of this agent, as `--version` prints it */
  readonly version: string;
  /** facts about the machine, against which the agent checks the configuration */
  readonly facts: StartFacts;
  readonly configFile: string;
  /** module that runs in the heartbeat's worker thread (workerData.role `heartbeat`) */
  readonly heartbeatEntry: URL;
  /** folder of the templates */
  readonly templates: string;
  /** folder of the programs that haproxy and keepalived run for their checks */
  readonly commands: string;
  /** the agent's own PATH */
  readonly path: string | undefined;
  /** If given, the agent serves on 127.0.0.1 with this certificate and requires no client certificate. */
  readonly developmentCertificate: DevelopmentCertificate | undefined;
  readonly systemd: SystemdEnvironment;
  /** Called if `use_syslog` is set. @param facility value of syslog_log_facility */
  readonly forwardToSyslog: (facility: string) => void;
}

/** A running agent. */
export interface Agent {
  /** Reads the configuration file again and applies the options that need no restart. */
  reloadConfig(): Promise<void>;
  /** Finishes the requests under way (at most 10 s) and stops. haproxy and keepalived go on running. */
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 10_000;
/** The time that the last lines of the audit log have at the end. A disk may hang. */
const AUDIT_MS = 2000;
/** Delay after the start: the first requests of a controller are answered by then, and bin/page-out has not run yet. */
const STARTED_MS = 500;

/**
 * Builds the agent from its configuration and starts it. Heartbeats start first, because they must go out even if the
 * API can't bind.
 * @throws InvalidConfiguration with one line that names file, section, option and reason
 */
export async function startAgent(settings: AgentSettings, logger: Logger): Promise<Agent> {
  const config = await readOwnConfig(settings, logger);
  const live = createLiveConfig(config);
  const { developmentCertificate } = settings;
  const tls = developmentCertificate
    ? fixedTls(developmentMaterial(developmentCertificate, config.minTlsVersion))
    : await createServedTls(createFiles(), config, settings.configFile, logger);
  const paths = createPaths(config);
  const heartbeat = startHeartbeat({ entry: settings.heartbeatEntry, config, logger });
  live.subscribe((next) => heartbeat.update(next));
  const render = createTemplates(settings.templates);
  const host = await createHost(config, paths, logger, settings.path, renderPrograms(render));
  const notifier = createSystemdNotifier(host.commands, settings.systemd, logger);

  const context = createContext(settings, { live, tls, paths, heartbeat, render, host, logger });
  const audit = createAuditLog(paths.audit, logger);
  await prepareAmphora(context);
  const closing = new AbortController();
  const stopWatching = watchFiles(tls.files, () => void rereadOwnCertificates(context), logger);
  watchForDrift(context, closing.signal);
  void followUpgrades(context, audit, closing.signal);
  const bindHost = developmentCertificate ? '127.0.0.1' : config.bindHost;
  const app = createApp(context, { clients: createClients(tls.current), audit });
  const servers = await startServers(context, app, { tls, bindHost, closing: closing.signal });
  void reportReady({ heartbeat, notifier }, closing.signal, () => {
    setTimeout(() => void settle(context, settings.facts, tls.current()), STARTED_MS).unref();
  });
  return {
    reloadConfig: () => rereadOwnConfig(context, () => readConfigFile(host.files, context.configFile)),
    async close() {
      closing.abort();
      stopWatching();
      await notifier.stopping();
      await servers.close();
      await audit.close(AUDIT_MS);
      await heartbeat.close();
      host.services.close();
    },
  };
}

/** The parts of a context that more than the context uses. */
type ContextParts = Pick<OperationContext, 'paths' | 'host' | 'logger' | 'render'> &
  OperationContext['own'] & { readonly heartbeat: Heartbeat };

const createContext = (
  { configFile, version, commands }: AgentSettings,
  { live, tls, heartbeat, ...parts }: ContextParts,
): OperationContext => ({
  configFile: path.resolve(configFile),
  config: live.current,
  ...parts,
  heartbeat,
  queue: createObjectQueue(createLocks(parts.paths.base), createTriedLocks(parts.paths.base)),
  own: { live, tls },
  reloads: createReloadCounter(),
  requests: createRequestCounts(),
  statusPage: createRecentPage(),
  version,
  watchedDrains: new Set(),
  checkedTexts: createCheckedTexts(),
  sentCertificates: createSentCertificates(),
  drift: createDriftState(),
  underWay: createUnderWay(),
  upgrades: createUpgradeState(),
  installedCommands: commands,
  recent: createRecentEvents(heartbeat.recent, heartbeat.traffic),
});

/** Looks for drift until the signal, and soon after a service ended by itself. */
function watchForDrift(context: OperationContext, closing: AbortSignal): void {
  void watchDrift({ ...context, host: withBlockingReads(context.host) }, closing);
  context.host.services.onEnd((name) => context.drift.lookSoon(`${name} ended or started`));
}

/** Adds the ends of upgrades to the audit log. Loads nothing for it on an amphora that never had an upgrade. */
async function followUpgrades(
  context: OperationContext,
  audit: AuditLog,
  closing: AbortSignal,
): Promise<void> {
  const { host, paths, logger, upgrades } = context;
  const follow = async (isStart: boolean): Promise<void> => {
    const { reportUpgradeEnd, resumeUpgrade } = await import('./operations/upgrade/upgrade-end.ts');
    if (isStart) await resumeUpgrade(context);
    await reportUpgradeEnd(context, audit, closing);
  };
  const failed = (error: unknown): void =>
    logger.error({ err: error }, 'cannot follow the upgrade that is under way');
  upgrades.onAccepted(() => void follow(false).catch(failed));
  if (await host.files.exists(paths.upgrade.record)) await follow(true).catch(failed);
}

/** Serves the API on its port, and for local commands on a socket. */
async function startServers(
  context: OperationContext,
  app: ReturnType<typeof createApp>,
  {
    tls,
    bindHost,
    closing,
  }: { readonly tls: ServedTls; readonly bindHost: string; readonly closing: AbortSignal },
): Promise<{ close(): Promise<void> }> {
  const { paths, host, logger } = context;
  const { bindPort: port, requestReadTimeout } = context.config();
  const local = createLocalServer(app, paths.local, host.files, logger);
  const server = createApiServer(app, tls.current(), { host: bindHost, port, requestReadTimeout }, logger);
  tls.subscribe(server.useTls);
  await listenUntilBound(server, closing, logger);
  await local.listen();
  return {
    async close() {
      // a capture may have minutes left
      host.capture.endAll();
      await Promise.all([server.close(CLOSE_GRACE_MS), local.close()]);
    },
  };
}

/**
 * Reports to systemd that the agent is ready, after the first heartbeat: then the unit's page-out frees code that a thread which
 * still starts would read from the disk again. Does nothing if the agent closes before that.
 */
async function reportReady(
  { heartbeat, notifier }: { readonly heartbeat: Heartbeat; readonly notifier: SystemdNotifier },
  closing: AbortSignal,
  onReady: () => void,
): Promise<void> {
  await heartbeat.begun();
  if (closing.aborted) return;
  await notifier.ready();
  notifier.startWatchdog(() => heartbeat.alive());
  onReady();
}

/** Logs what the self-test finds, and gives back the memory of the start. */
async function settle(
  context: OperationContext,
  facts: StartFacts,
  { chain, clientAuthorities, monitorAuthorities }: TlsMaterial,
): Promise<void> {
  const { config, host, paths, logger } = context;
  const isDevelopment = clientAuthorities === undefined;
  if (!isDevelopment) {
    const { agentServerCa, agentMonitorCa } = config();
    const authorities: AuthoritiesFile[] = [
      { file: agentServerCa, signs: 'controllers', pem: clientAuthorities },
      ...(agentMonitorCa === undefined || monitorAuthorities === undefined
        ? []
        : [{ file: agentMonitorCa, signs: 'clients for monitoring', pem: monitorAuthorities } as const]),
    ];
    const [{ createMachineCheck }, { logFaults, logLostDestinations }] = await Promise.all([
      import('./host/machine-check.ts'),
      import('./operations/amphora/self-test.ts'),
    ]);
    const machine = createMachineCheck(host.files, host.commands, facts);
    const test: SelfTest = { config: config(), paths, machine, chain, authorities };
    const failed = (error: unknown): void => logger.warn({ err: error }, 'the self-test failed');
    await logFaults(test, logger).catch(failed);
    // a name server may be silent for long
    void logLostDestinations(test, logger).catch(failed);
  }
  giveBackMemory();
}

/**
 * Reads the configuration. Logs the version, then a warning for each option without effect and each that does not fit the machine.
 * @throws InvalidConfiguration
 */
async function readOwnConfig(settings: AgentSettings, logger: Logger): Promise<AgentConfig> {
  const { config, warnings } = await readConfigFile(createFiles(), settings.configFile);
  logger.level = config.debug ? 'debug' : 'info';
  if (config.useSyslog) settings.forwardToSyslog(config.syslogLogFacility);
  logger.info({ version: settings.version }, 'amphora-agent starts');
  const notices = startNotices(config, settings.facts);
  for (const warning of [...warnings, ...notices]) logger.warn({ file: settings.configFile }, warning);
  return config;
}
