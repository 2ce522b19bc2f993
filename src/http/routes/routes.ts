import type { ApiVersion } from '../../domain/api-version.ts';
import { type CertificateName, certificateName } from '../../domain/certificates/certificate-name.ts';
import { amphoraId, type HaproxyId, listenerId, loadBalancerId } from '../../domain/ids.ts';
import { InvalidInput, type ServiceAction } from '../../errors.ts';
import { replaceOwnCertificate, replaceOwnConfig } from '../../operations/amphora/own-settings.ts';
import { details, info, listener, listeners } from '../../operations/amphora/status.ts';
import {
  deleteCertificate,
  readCertificate,
  storeCertificate,
} from '../../operations/certificates/certificates.ts';
import type { OperationContext } from '../../operations/context.ts';
import type { DryRun } from '../../operations/dry-run.ts';
import { type ActionDone, actOnLoadBalancer } from '../../operations/haproxy/actions.ts';
import type { HaproxyUpload } from '../../operations/haproxy/models.ts';
import { deleteLoadBalancer } from '../../operations/haproxy/removal.ts';
import { tryHaproxy, uploadHaproxy } from '../../operations/haproxy/upload.ts';
import {
  actOnLvsListener,
  deleteLvsListener,
  isLvsListener,
  type LvsActionDone,
  readLvsConfig,
  readLvsModel,
} from '../../operations/keepalived/lvs-listeners.ts';
import { tryLvsConfig, uploadLvsConfig } from '../../operations/keepalived/lvs-upload.ts';
import type { LvsUpload } from '../../operations/keepalived/models.ts';
import { actOnVrrp, tryVrrp, uploadVrrp } from '../../operations/keepalived/vrrp.ts';
import { plugNetwork } from '../../operations/network/plug-network.ts';
import { findInterface, findVipInterface, plugVip } from '../../operations/network/plug-vip.ts';
import { setVipRules, tryVipRules } from '../../operations/network/vip-firewall.ts';
import { readHaproxyModel, readStoredConfig } from '../../operations/stored-configs.ts';
import type { StoredModel } from '../../operations/stored-models.ts';
import { parseFirewallRules } from '../../schemas/firewall-rules.ts';
import { parsePlugVip } from '../../schemas/plug.ts';
import { parsePlugNetwork } from '../../schemas/plug-network.ts';
import { noModel, ok, type Reply, stored } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import type { Route } from './route.ts';

const BOTH: readonly ApiVersion[] = ['1.0', '0.5'];
const ACTIONS: Readonly<Record<string, ServiceAction>> = { start: 'start', stop: 'stop', reload: 'reload' };
/** The spelling that is on the wire. */
const DONE_TEXTS: Record<ActionDone | LvsActionDone, string> = {
  started: 'started',
  stopped: 'stoped',
  reloaded: 'reloaded',
  restarted: 'restarted',
};

const HAPROXY_UPLOAD: UploadAnswers = {
  dryRun: async (context, request) => tryHaproxy(context, haproxyUpload(request)),
  answer: async (context, request) =>
    stored(202, (await uploadHaproxy(context, haproxyUpload(request))).etag),
};

/** THE table of all routes but `GET /` (contract section 3). */
export const ROUTES: readonly Route[] = [
  route(BOTH, ['GET'], '/info', async (context, { version }) => ({
    status: 200,
    body: await info(context, version),
  })),
  route(BOTH, ['GET'], '/details', async (context, { version }) => ({
    status: 200,
    body: await details(context, version),
  })),
  route(BOTH, ['GET'], '/listeners', async (context, { version }) => ({
    status: 200,
    body: await listeners(context, version),
  })),
  route(['0.5'], ['GET'], '/listeners/:id', async (context, request) => ({
    status: 200,
    body: await listener(context, listenerId(request.parameter('id'))),
  })),
  route(BOTH, ['DELETE'], '/listeners/:id', async (context, request) => {
    const id = listenerId(request.parameter('id'));
    await deleteLvsListener(context, id);
    await deleteLoadBalancer(context, id);
    return ok(200);
  }),

  uploadRoute(BOTH, '/listeners/:amphora/:id/udp_listener', {
    dryRun: async (context, request) => tryLvsConfig(context, lvsUpload(request)),
    answer: async (context, request) =>
      stored(200, (await uploadLvsConfig(context, lvsUpload(request))).etag),
  }),
  route(BOTH, ['GET'], '/listeners/:id/udp_listener', async (context, request) => {
    const id = listenerId(request.parameter('id'));
    const text = { status: 200, body: await readLvsConfig(context, id) };
    return configReply(request, text, () => readLvsModel(context, id));
  }),
  ...certificateRoutes('1.0', '/loadbalancer/:id/certificates/:name'),
  ...certificateRoutes('0.5', '/listeners/:id/certificates/:name'),

  uploadRoute(['1.0'], '/loadbalancer/:amphora/:id/haproxy', HAPROXY_UPLOAD),
  route(['1.0'], ['GET'], '/loadbalancer/:id/haproxy', getHaproxy),
  route(['1.0'], ['PUT'], '/loadbalancer/:id/:action', putAction),
  uploadRoute(['0.5'], '/listeners/:amphora/:id/haproxy', HAPROXY_UPLOAD),
  route(['0.5'], ['GET'], '/listeners/:id/haproxy', getHaproxy),
  route(['0.5'], ['PUT'], '/listeners/:id/:action', putAction),

  uploadRoute(BOTH, '/vrrp/upload', {
    dryRun: async (context, request) => tryVrrp(context, request.upload()),
    answer: async (context, request) => stored(200, (await uploadVrrp(context, request.upload())).etag),
  }),
  route(BOTH, ['PUT'], '/vrrp/:action', async (context, request) => {
    const done = await actOnVrrp(context, action(request.parameter('action')));
    return ok(202, `keepalived ${DONE_TEXTS[done]}`);
  }),

  route(BOTH, ['POST', 'PUT'], '/plug/vip/:vip', async (context, request) => {
    const plugged = await plugVip(context, parsePlugVip(request.parameter('vip'), request.json()));
    return ok(202, plugText(request.version, plugged) + routesText(plugged));
  }),
  route(BOTH, ['POST', 'PUT'], '/plug/network', async (context, request) => {
    const wanted = parsePlugNetwork(request.json());
    const plugged = await plugNetwork(context, wanted, { refusePlugged: request.version === '0.5' });
    const done = plugged.updated ? 'Updated existing' : 'Plugged on';
    return ok(202, `${done} interface ${plugged.interfaceName}${routesText(plugged)}`);
  }),
  route(BOTH, ['GET'], '/interface/:address', async (context, request) => ({
    status: 200,
    body: { message: 'OK', interface: await findInterface(context, request.parameter('address')) },
  })),
  uploadRoute(['1.0'], '/interface/:address/rules', {
    async dryRun(context, request) {
      await findVipInterface(context, request.parameter('address'));
      return tryVipRules(context, () => parseFirewallRules(request.json()));
    },
    async answer(context, request) {
      await findVipInterface(context, request.parameter('address'));
      await setVipRules(context, parseFirewallRules(request.json()));
      return ok(200);
    },
  }),

  route(BOTH, ['PUT'], '/certificate', async (context, request) => {
    const { warnings } = await replaceOwnCertificate(context, request.body);
    return ok(202, warnings.length === 0 ? undefined : warnings.join('\n'));
  }),
  route(['1.0'], ['PUT'], '/config', async (context, request) => {
    const { needRestart } = await replaceOwnConfig(context, request.configuration());
    return ok(202, needRestart.length === 0 ? undefined : `Restart the agent for: ${needRestart.join(', ')}`);
  }),
];

function route(
  versions: readonly ApiVersion[],
  methods: Route['methods'],
  path: string,
  answer: Route['answer'],
): Route {
  return { versions, methods, path, answer, hasDryRun: false };
}

/** What an upload would do, and what is answered to one that was taken. */
interface UploadAnswers {
  readonly dryRun: (context: OperationContext, request: ApiRequest) => Promise<DryRun>;
  readonly answer: Route['answer'];
}

function uploadRoute(
  versions: readonly ApiVersion[],
  path: string,
  { dryRun, answer }: UploadAnswers,
): Route {
  return {
    ...route(versions, ['PUT'], path, async (context, request) =>
      request.isDryRun ? { status: 200, body: await dryRun(context, request) } : answer(context, request),
    ),
    hasDryRun: true,
  };
}

function certificateRoutes(version: ApiVersion, path: string): Route[] {
  return [
    route([version], ['PUT'], path, async (context, request) => {
      const { etag } = await storeCertificate(context, certificateOf(request), request.body);
      return stored(200, etag);
    }),
    route([version], ['GET'], path, async (context, request) => {
      const { etag } = await readCertificate(context, certificateOf(request));
      return { status: 200, body: { md5sum: etag }, etag };
    }),
    route([version], ['DELETE'], path, async (context, request) => {
      await deleteCertificate(context, certificateOf(request));
      return ok(200);
    }),
  ];
}

function certificateOf(request: ApiRequest): { id: HaproxyId; name: CertificateName } {
  return { id: haproxyOwner(request), name: certificateName(request.parameter('name')) };
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

/** A configuration in the form that the client likes best of those that there are. */
async function configReply(
  { accepted }: ApiRequest,
  text: Reply,
  readModel: () => Promise<StoredModel | undefined>,
): Promise<Reply> {
  const stored = accepted[0] === 'model' ? await readModel() : undefined;
  if (stored !== undefined) return { status: 200, body: stored.model, etag: stored.etag };
  return accepted.includes('text') ? text : noModel;
}

async function putAction(context: OperationContext, request: ApiRequest): Promise<Reply> {
  const wanted = action(request.parameter('action'));
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

function lvsUpload(request: ApiRequest): LvsUpload {
  amphoraId(request.parameter('amphora'));
  return {
    version: request.version,
    id: listenerId(request.parameter('id')),
    ...request.upload(),
  };
}

/** One haproxy serves a load balancer in API 1.0, a listener in 0.5. */
function haproxyOwner(request: ApiRequest): HaproxyId {
  const id = request.parameter('id');
  return request.version === '1.0' ? loadBalancerId(id) : listenerId(id);
}

function action(text: string): ServiceAction {
  const name = text.toLowerCase();
  const known = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (known === undefined) throw new InvalidInput('action', `Unknown action: ${name}`);
  return known;
}

function plugText(version: ApiVersion, plugged: { interfaceName: string; vips: readonly string[] }): string {
  return version === '0.5'
    ? `VIP ${plugged.vips[0]} plugged on interface ${plugged.interfaceName}`
    : `VIPs plugged on interface ${plugged.interfaceName}: ${plugged.vips.join(', ')}`;
}

const routesText = ({ refusedRoutes }: { refusedRoutes: readonly string[] }): string =>
  refusedRoutes.length === 0 ? '' : `; host routes refused: ${refusedRoutes.join('; ')}`;
