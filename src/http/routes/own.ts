import { replaceOwnCertificate, replaceOwnConfig } from '../../operations/amphora/own-settings.ts';
import { ok } from '../replies/replies.ts';
import { OWN_FILE_BODY } from './bodies.ts';
import { BOTH, type Route, route } from './route.ts';

/** The routes for the agent's own certificate and configuration. */
export const OWN_ROUTES: readonly Route[] = [
  route(
    BOTH,
    'PUT',
    '/certificate',
    { summary: "Replace the agent's own certificate", body: OWN_FILE_BODY, success: 202 },
    async (context, request) => {
      const { warnings } = await replaceOwnCertificate(context, request.body);
      return ok(202, warnings.length === 0 ? undefined : warnings.join('\n'));
    },
  ),
  route(
    ['1.0'],
    'PUT',
    '/config',
    { summary: "Replace the agent's configuration", body: OWN_FILE_BODY, success: 202 },
    async (context, request) => {
      const { needRestart } = await replaceOwnConfig(context, request.configuration());
      return ok(
        202,
        needRestart.length === 0 ? undefined : `Restart the agent for: ${needRestart.join(', ')}`,
      );
    },
  ),
];
