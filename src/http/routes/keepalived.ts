import { amphoraId, listenerId } from '../../domain/ids.ts';
import { readLvsConfig, readLvsModel } from '../../operations/keepalived/lvs-listeners.ts';
import { tryLvsConfig, uploadLvsConfig } from '../../operations/keepalived/lvs-upload.ts';
import type { LvsUpload } from '../../operations/keepalived/models.ts';
import { actOnVrrp, tryVrrp, uploadVrrp } from '../../operations/keepalived/vrrp.ts';
import { ok, stored } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import { configurationOr } from './bodies.ts';
import { BOTH, type Route, route, uploadRoute } from './route.ts';
import { action, configReply, DONE_TEXTS } from './services.ts';

/** The routes for what keepalived serves: UDP and SCTP listeners, and VRRP. */
export const KEEPALIVED_ROUTES: readonly Route[] = [
  uploadRoute(
    BOTH,
    '/listeners/:amphora/:id/udp_listener',
    {
      summary: "Store keepalived's configuration of a UDP or SCTP listener, as a text or as a model",
      body: configurationOr('ListenerModel'),
      etag: true,
    },
    {
      dryRun: async (context, request) => tryLvsConfig(context, lvsUpload(request)),
      answer: async (context, request) => {
        const { etag, change } = await uploadLvsConfig(context, lvsUpload(request));
        return stored(200, etag, change);
      },
    },
  ),
  route(
    BOTH,
    'GET',
    '/listeners/:id/udp_listener',
    {
      summary:
        "Read keepalived's stored configuration of a UDP or SCTP listener, or the model that it was rendered from",
      answer: 'text',
      answerModel: 'ListenerModel',
      failures: [404, 406],
    },
    async (context, request) => {
      const id = listenerId(request.parameter('id'));
      const text = { status: 200, body: await readLvsConfig(context, id) };
      return configReply(request, text, () => readLvsModel(context, id));
    },
  ),
  uploadRoute(
    BOTH,
    '/vrrp/upload',
    {
      summary: "Store keepalived's configuration for VRRP, as a text or as a model",
      body: configurationOr('VrrpModel'),
      etag: true,
    },
    {
      dryRun: async (context, request) => tryVrrp(context, request.upload()),
      answer: async (context, request) => {
        const { etag, change } = await uploadVrrp(context, request.upload());
        return stored(200, etag, change);
      },
    },
  ),
  route(
    BOTH,
    'PUT',
    '/vrrp/:action',
    { summary: 'Start, stop or reload keepalived for VRRP', success: 202 },
    async (context, request) => {
      const done = await actOnVrrp(context, action(request));
      return ok(202, `keepalived ${DONE_TEXTS[done]}`);
    },
  ),
];

function lvsUpload(request: ApiRequest): LvsUpload {
  amphoraId(request.parameter('amphora'));
  return {
    version: request.version,
    id: listenerId(request.parameter('id')),
    ...request.upload(),
  };
}
