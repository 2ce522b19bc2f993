import type { ApiVersion } from '../../domain/api-version.ts';
import { amphoraId, listenerId } from '../../domain/ids.ts';
import type { OperationContext } from '../../operations/context.ts';
import { actOnLoadBalancer } from '../../operations/haproxy/actions.ts';
import type { HaproxyUpload } from '../../operations/haproxy/models.ts';
import { deleteLoadBalancer } from '../../operations/haproxy/removal.ts';
import { tryHaproxy, uploadHaproxy } from '../../operations/haproxy/upload.ts';
import {
  actOnLvsListener,
  deleteLvsListener,
  isLvsListener,
} from '../../operations/keepalived/lvs-listeners.ts';
import { readHaproxyModel, readStoredConfig } from '../../operations/stored-configs.ts';
import type { ModelName } from '../json-schema.ts';
import { ok, type Reply, stored } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import { configurationOr } from './bodies.ts';
import { BOTH, type Route, route, uploadRoute } from './route.ts';
import { action, configReply, DONE_TEXTS, haproxyOwner } from './services.ts';

/** The routes for load balancers (in API 0.5, listeners), each with its own haproxy. */
export const HAPROXY_ROUTES: readonly Route[] = [
  route(
    BOTH,
    'DELETE',
    '/listeners/:id',
    { summary: 'Remove a load balancer or a listener, if it exists' },
    async (context, request) => {
      const id = listenerId(request.parameter('id'));
      await deleteLvsListener(context, id);
      await deleteLoadBalancer(context, id);
      return ok(200);
    },
  ),
  ...haproxyRoutes('1.0', '/loadbalancer', 'LoadBalancerModel'),
  ...haproxyRoutes('0.5', '/listeners', 'ListenerModel'),
];

function haproxyRoutes(version: ApiVersion, prefix: string, model: ModelName): Route[] {
  return [
    uploadRoute(
      [version],
      `${prefix}/:amphora/:id/haproxy`,
      {
        summary: "Check and store haproxy's configuration, as a text or as a model",
        body: configurationOr(model),
        success: 202,
        etag: true,
      },
      {
        dryRun: async (context, request) => tryHaproxy(context, haproxyUpload(request)),
        answer: async (context, request) => {
          const { etag, change } = await uploadHaproxy(context, haproxyUpload(request));
          return stored(202, etag, change);
        },
      },
    ),
    route(
      [version],
      'GET',
      `${prefix}/:id/haproxy`,
      {
        summary:
          "Read haproxy's stored configuration, or the model that it was rendered from, without private keys",
        answer: 'text',
        answerModel: model,
        etag: true,
        failures: [404, 406],
      },
      getHaproxy,
    ),
    route(
      [version],
      'PUT',
      `${prefix}/:id/:action`,
      {
        summary: 'Start, stop or reload the service of a load balancer or listener',
        success: 202,
        failures: [404],
      },
      putAction,
    ),
  ];
}

const haproxyUpload = (request: ApiRequest): HaproxyUpload => ({
  version: request.version,
  amphora: amphoraId(request.parameter('amphora')),
  id: haproxyOwner(request),
  ...request.upload(),
});

async function getHaproxy(context: OperationContext, request: ApiRequest): Promise<Reply> {
  const id = haproxyOwner(request);
  const { content, etag } = await readStoredConfig(context, request.version, id);
  const text = { status: 200, body: content, etag };
  return configReply(request, text, () => readHaproxyModel(context, request.version, id));
}

async function putAction(context: OperationContext, request: ApiRequest): Promise<Reply> {
  const wanted = action(request);
  const id = haproxyOwner(request);
  const lvsListener = listenerId(request.parameter('id'));
  if (await isLvsListener(context, lvsListener)) {
    const did = await actOnLvsListener(context, request.version, lvsListener, wanted);
    return ok(202, `keepalivedlvs listener ${id} ${DONE_TEXTS[did]}`);
  }
  const done = await actOnLoadBalancer(context, request.version, id, wanted);
  return ok(
    202,
    done === 'started'
      ? `Configuration file is valid\nhaproxy daemon for ${id} started`
      : `Listener ${id} ${DONE_TEXTS[done]}`,
  );
}
