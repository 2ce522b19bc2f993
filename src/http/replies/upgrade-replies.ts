import type { OperationContext } from '../../operations/context.ts';
import {
  hasUpgradeKey,
  receiveUpgrade,
  type SentBundle,
  tryUpgrade,
} from '../../operations/upgrade/reception.ts';
import { lastUpgrade, upgradeHistory } from '../../operations/upgrade/records.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import type { Reply } from './replies.ts';

/** Receives a bundle: installs it, or only checks it in a dry run. @throws as receiveUpgrade(), and BodyCutOff, BodyTooLarge */
export async function upgradeReply(context: OperationContext, request: ApiRequest): Promise<Reply> {
  const { stream, client } = request;
  if (stream === undefined) throw new Error('the body of an upgrade was read before its handler');
  try {
    const sent = { ...stream, client };
    return request.isDryRun ? await trialReply(context, sent) : await acceptedReply(context, sent);
  } catch (error) {
    // a reader may take the end of a broken body for a fault of the bundle
    throw stream.failure() ?? error;
  }
}

async function acceptedReply(context: OperationContext, sent: SentBundle): Promise<Reply> {
  const upgrade = await receiveUpgrade(context, sent);
  return {
    status: 202,
    body: { enabled: true, upgrade },
    upgrade: { id: upgrade.id, packages: upgrade.packages },
  };
}

async function trialReply(context: OperationContext, sent: SentBundle): Promise<Reply> {
  const { id, expires, changes } = await tryUpgrade(context, sent);
  return { status: 200, body: { id, expires, packages: changes }, upgrade: { id, packages: changes } };
}

export const lastUpgradeReply = async (context: OperationContext): Promise<Reply> => ({
  status: 200,
  body: {
    enabled: await hasUpgradeKey(context),
    upgrade: (await lastUpgrade(context)) ?? null,
  },
});

export const historyReply = async (context: OperationContext): Promise<Reply> => ({
  status: 200,
  body: { upgrades: await upgradeHistory(context) },
});
