import { createRecentEvents } from '../../src/domain/recent-events.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { createDriftState } from '../../src/operations/drift/drift-state.ts';
import { createCheckedTexts } from '../../src/operations/haproxy/checked-texts.ts';
import { createRecentPage } from '../../src/operations/health/recent-page.ts';
import { createRequestCounts } from '../../src/operations/health/request-counts.ts';
import { createObjectQueue } from '../../src/operations/object-queue.ts';
import { createReloadCounter } from '../../src/operations/run-time/reload-counts.ts';
import { createSentCertificates } from '../../src/operations/run-time/sent-certificates.ts';
import { createUnderWay } from '../../src/operations/under-way.ts';
import { createUpgradeState } from '../../src/operations/upgrade/upgrade-state.ts';
import { silentHeartbeat } from './heartbeat/silent-heartbeat.ts';

type SetUp = 'configFile' | 'config' | 'paths' | 'host' | 'logger' | 'render' | 'own' | 'version';

/** Returns what an agent that has just started keeps in memory: all of a context that a test need not choose. */
export const freshState = (): Omit<OperationContext, SetUp> => ({
  queue: createObjectQueue(),
  reloads: createReloadCounter(),
  heartbeat: silentHeartbeat,
  requests: createRequestCounts(),
  statusPage: createRecentPage(),
  installedCommands: '/usr/lib/amphora-agent/bin',
  watchedDrains: new Set(),
  checkedTexts: createCheckedTexts(),
  sentCertificates: createSentCertificates(),
  drift: createDriftState(),
  underWay: createUnderWay(),
  upgrades: createUpgradeState(),
  recent: createRecentEvents(
    () => Promise.resolve([]),
    () => Promise.resolve([]),
  ),
});
