import { upgradeAnswer, upgradeHistoryAnswer, upgradeTrialAnswer } from '../../schemas/upgrade-record.ts';
import { BUNDLE_BODY } from './bodies.ts';
import { type Route, route } from './route.ts';

/** Loaded at the first request: an amphora may never be upgraded. */
const replies = () => import('../replies/upgrade-replies.ts');

/** The routes of upgrades. */
export const UPGRADE_ROUTES: readonly Route[] = [
  {
    ...route(
      'none',
      'POST',
      '/upgrade',
      {
        summary: 'Install a signed bundle of packages; off without a public key of bundles',
        body: BUNDLE_BODY,
        success: 202,
        answer: upgradeAnswer,
        dryRun: upgradeTrialAnswer,
        failures: [409, 501],
      },
      async (context, request) => (await replies()).upgradeReply(context, request),
    ),
    hasDryRun: true,
  },
  route(
    'none',
    'GET',
    '/upgrade',
    { summary: 'The upgrade under way, or the last one', answer: upgradeAnswer },
    async (context) => (await replies()).lastUpgradeReply(context),
  ),
  route(
    'none',
    'GET',
    '/upgrade/history',
    { summary: 'The last upgrades that ended, the newest first', answer: upgradeHistoryAnswer },
    async (context) => (await replies()).historyReply(context),
  ),
];
