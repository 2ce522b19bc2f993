import express, { type Express, type NextFunction, type Request, type Response, Router } from 'express';
import type { ApiVersion } from '../domain/api-version.ts';
import { Forbidden, InvalidInput } from '../errors.ts';
import type { AuditLog } from '../host/audit-log.ts';
import type { OperationContext } from '../operations/context.ts';
import { openApiDocument } from './openapi.ts';
import { endAfterRequest } from './replies/early-answer.ts';
import { errorReply, hidesReason } from './replies/error-replies.ts';
import { createLargeReplies, type LargeReplies } from './replies/large-replies.ts';
import { frameworkError, type Reply, StreamedBody } from './replies/replies.ts';
import { sendStreamed } from './replies/streamed-replies.ts';
import { apiRequest } from './requests/api-request.ts';
import { auditedBody, auditedReply, auditRequests } from './requests/audit.ts';
import { type BodyBudget, createBodyBudget } from './requests/body-budget.ts';
import { type BodyStream, openBodyStream } from './requests/body-stream.ts';
import { keepFailedChange } from './requests/failed-changes.ts';
import { BodyCutOff, BodyTooLarge, bodyBytes, readBody } from './requests/upload.ts';
import { BODIES_LIMIT } from './routes/bodies.ts';
import { bodyLimit, isDryRun, isRead, isStreamed } from './routes/body-limits.ts';
import { documentedPath, documentedPlaces, monitoringRoutes, places, type Route } from './routes/route.ts';
import { ROUTES } from './routes/routes.ts';
import type { Clients } from './server/clients.ts';

/** What the application has besides the dependencies of operations. */
export interface AppSurroundings {
  readonly clients: Clients;
  readonly audit: Pick<AuditLog, 'add' | 'addRefused'>;
}

/**
 * Creates the HTTP application without a socket. It serves each path of the table with its versions and without one.
 */
export function createApp(context: OperationContext, { clients, audit }: AppSurroundings): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.use(normalizeTarget);
  app.use(logRequests(context));
  app.use(auditRequests(clients, audit));
  const shared: SharedParts = {
    clients,
    bodies: createBodyBudget(BODIES_LIMIT),
    reads: createLargeReplies(),
    dryRuns: createLargeReplies(),
  };
  const monitoring = createMonitoring(context, shared);
  app.use((request, response, next) => {
    if (clients.authorityOf(request.socket) === 'monitor') monitoring(request, response, next);
    else next();
  });
  addFixedPaths(app, context);
  addRoutes(app, ROUTES, context, shared);
  // after all routes, because a path can match two routes: …/haproxy also matches …/ACTION
  refuseOtherMethods(app);
  app.use((_request, response) => send(response, frameworkError(404)));
  app.use(errorHandler(context, clients));
  return app;
}

/**
 * Removes repeated slashes. The first request of a controller is `GET //`, because its base URL ends with a slash and the
 * path begins with one. Removes scheme and host from a target in absolute form (RFC 9112, section 3.2.2).
 */
function normalizeTarget(request: Request, _response: Response, next: NextFunction): void {
  request.url = request.url
    .replace(/^https?:\/\/[^/?]*/i, '')
    .replace(/^[^?]*/, (path) => path.replaceAll(/\/{2,}/g, '/') || '/');
  next();
}

/**
 * Creates the router for clients of agent_monitor_ca. It has no other routes than theirs, so that no request of such a client
 * can reach another operation.
 */
function createMonitoring(context: OperationContext, shared: SharedParts): Router {
  const router = Router({ strict: true, caseSensitive: true });
  const routes = monitoringRoutes(ROUTES);
  addFixedPaths(router, context);
  addRoutes(router, routes, context, shared);
  const allowed = [
    ...FIXED_PATHS,
    ...routes.flatMap((one) => documentedPlaces(one).map((place) => documentedPath(place, one))),
  ].toSorted();
  router.use(() => {
    throw new Forbidden(allowed);
  });
  return router;
}

/** The paths outside of the table of routes. They are open to clients of each authority. */
const FIXED_PATHS = ['/', '/openapi.json'];

function addFixedPaths(router: Router, { version }: OperationContext): void {
  router.get('/', (_request, response) => {
    send(response, { status: 200, body: { api_version: '1.0' } });
  });
  router.get('/openapi.json', (_request, response) => {
    send(response, { status: 200, body: openApiDocument(ROUTES, version) });
  });
}

function addRoutes(
  router: Router,
  routes: readonly Route[],
  context: OperationContext,
  shared: SharedParts,
): void {
  for (const route of routes) {
    for (const { prefix, version } of places(route)) {
      const serve = serverOf(route, version, context, shared);
      for (const method of route.methods) router[METHOD_NAMES[method]](prefix + route.path, serve);
    }
  }
}

function refuseOtherMethods(router: Router): void {
  router.all(FIXED_PATHS, refuseMethod(['GET']));
  const served = ROUTES.flatMap((route) => places(route).map(({ prefix }) => ({ prefix, route })));
  for (const [path, same] of Map.groupBy(served, ({ prefix, route }) => prefix + route.path)) {
    router.all(path, refuseMethod(same.flatMap(({ route }) => route.methods)));
  }
}

/** The parts that all requests share: the facts about clients, and memory. */
interface SharedParts {
  readonly clients: Clients;
  readonly bodies: BodyBudget;
  readonly reads: LargeReplies;
  /** separate from reads: a read must not wait for a dry run, whose check may hang */
  readonly dryRuns: LargeReplies;
}

function serverOf(
  route: Route,
  version: ApiVersion,
  context: OperationContext,
  { clients, bodies, reads, dryRuns }: SharedParts,
): (request: Request, response: Response) => Promise<void> {
  const answerTo = (request: Request): Promise<Reply> => {
    const { bytes, weight } = bodyLimit(route, request);
    return bodies.hold(weight * bodyBytes(request, bytes), async (keepOnly) => {
      // read also for a route that needs no body: a request with a broken body must have changed nothing
      const body = await readBody(request, bytes, auditedBody(request));
      // without a Content-Length, the memory of the largest body was reserved
      keepOnly(weight * body.length);
      return replyTo(request, body);
    });
  };
  const replyTo = async (request: Request, body: Buffer | BodyStream): Promise<Reply> => {
    const client = clients.certificateOf(request.socket);
    const reply = await route.answer(context, apiRequest(request, version, route, { body, client }));
    auditedReply(request, reply);
    return reply;
  };
  const answerToStream = (request: Request): Promise<Reply> =>
    replyTo(request, openBodyStream(request, bodyLimit(route, request).bytes, auditedBody(request)));
  return async (request, response) => {
    const answer = async (): Promise<number> => send(response, await answerTo(request));
    if (isStreamed(route)) send(response, await answerToStream(request));
    else if (isDryRun(route, request)) await dryRuns.serve(response, answer);
    else if (isRead(route)) await reads.serve(response, answer);
    else await answer();
  };
}

const METHOD_NAMES = { GET: 'get', PUT: 'put', POST: 'post', DELETE: 'delete' } as const;

function refuseMethod(methods: readonly string[]): (request: Request, response: Response) => void {
  const allowed = [...new Set(methods.includes('GET') ? ['HEAD', ...methods] : methods), 'OPTIONS'].join(
    ', ',
  );
  return (request, response) => {
    response.setHeader('Allow', allowed);
    if (request.method === 'OPTIONS') response.writeHead(200, { 'Content-Length': 0 }).end();
    else send(response, frameworkError(405));
  };
}

/**
 * @param end sends the content after its head, and ends the answer
 * @returns the size of the body in bytes; 0 for a streamed body
 */
function send(
  response: Response,
  reply: Reply,
  end = (content: Buffer): void => void response.end(content),
): number {
  if (reply.body instanceof StreamedBody) {
    void sendStreamed(response, reply.status, reply.body);
    return 0;
  }
  const isText = Buffer.isBuffer(reply.body);
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(JSON.stringify(reply.body));
  if (reply.etag !== undefined) response.setHeader('ETag', reply.etag);
  if (reply.retryAfter !== undefined) response.setHeader('Retry-After', reply.retryAfter);
  response.writeHead(reply.status, {
    ...reply.headers,
    'Content-Type': isText ? (reply.contentType ?? 'text/plain; charset=UTF-8') : 'application/json',
    'Content-Length': body.length,
  });
  end(body);
  return body.length;
}

function errorHandler({ logger, recent }: Pick<OperationContext, 'logger' | 'recent'>, clients: Clients) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    if (error instanceof BodyCutOff) {
      logger.warn(
        { method: request.method, path: request.path },
        'request cut off by the client: nothing changed',
      );
      response.destroy();
      return;
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const version = request.path.startsWith('/0.5/') ? '0.5' : '1.0';
    const reply = errorReply(error, version);
    const { method, path } = request;
    if (reply.status >= 500) logger.error({ method, path, err: error }, 'request failed');
    else if (error instanceof InvalidInput && hidesReason(error, version)) {
      logger.info({ method, path, reason: error.message }, 'request refused');
    }
    keepFailedChange(recent, clients, { request, error, reply });
    if (error instanceof BodyTooLarge) {
      response.setHeader('Connection', 'close');
      send(response, reply, (content) => endAfterRequest(request, response, content));
    } else send(response, reply);
  };
}

function logRequests({ logger, requests, recent }: Pick<OperationContext, 'logger' | 'requests' | 'recent'>) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const began = performance.now();
    const { method, path } = request;
    response.once('close', () => {
      const milliseconds = Math.round(performance.now() - began);
      const status = response.writableFinished ? response.statusCode : 'cut off';
      logger.info({ method, path, status, milliseconds }, 'request');
      requests.add({ method, route: routeOf(request), status, seconds: (performance.now() - began) / 1000 });
      recent.requests.add({ at: Date.now(), method, path, status, milliseconds });
    });
    next();
  };
}

/** Returns the path in the table of routes. @returns undefined for an unknown path, and for a method that its route lacks */
function routeOf(request: Request): string | undefined {
  const route: unknown = request.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  return typeof path === 'string' ? path : undefined;
}
