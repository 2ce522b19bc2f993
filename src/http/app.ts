import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import type { ApiVersion } from '../domain/api-version.ts';
import type { RecentEvents } from '../domain/recent-events.ts';
import { InvalidInput } from '../errors.ts';
import type { OperationContext } from '../operations/context.ts';
import { openApiDocument } from './openapi.ts';
import { errorReply, hidesReason } from './replies/error-replies.ts';
import { createLargeReplies, type LargeReplies } from './replies/large-replies.ts';
import { frameworkError, type Reply, StreamedBody } from './replies/replies.ts';
import { sendStreamed } from './replies/streamed-replies.ts';
import { apiRequest } from './requests/api-request.ts';
import { type BodyBudget, createBodyBudget } from './requests/body-budget.ts';
import { BodyCutOff, BodyTooLarge, bodyBytes, readBody } from './requests/upload.ts';
import { BODIES_LIMIT } from './routes/bodies.ts';
import { bodyLimit, isDryRun, isRead } from './routes/body-limits.ts';
import { places, type Route } from './routes/route.ts';
import { ROUTES } from './routes/routes.ts';

/**
 * Creates the HTTP application without a socket. It serves each path of the table with its versions and without one.
 * @param version version of this agent, as `--version` prints it
 */
export function createApp(context: OperationContext, version: string): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.use(normalizeTarget);
  app.use(logRequests(context.logger, context.recent));
  app.get('/openapi.json', (_request, response) => {
    send(response, { status: 200, body: openApiDocument(ROUTES, version) });
  });
  addRoutes(app, context);
  app.use((_request, response) => send(response, frameworkError(404)));
  app.use(errorHandler(context.logger));
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

function addRoutes(app: Express, context: OperationContext): void {
  const bodies = createBodyBudget(BODIES_LIMIT);
  const [reads, dryRuns] = [createLargeReplies(), createLargeReplies()];
  const byPath = new Map<string, { route: Route; version: ApiVersion }[]>();
  for (const route of ROUTES) {
    for (const { prefix, version } of places(route)) {
      const path = prefix + route.path;
      byPath.set(path, [...(byPath.get(path) ?? []), { route, version }]);
    }
  }
  app.get('/', (_request, response) => send(response, { status: 200, body: { api_version: '1.0' } }));
  for (const [path, entries] of byPath) {
    for (const { route, version } of entries) {
      const serve = serverOf(route, version, context, { bodies, reads, dryRuns });
      for (const method of route.methods) app[METHOD_NAMES[method]](path, serve);
    }
  }
  // after all routes, because a path can match two routes: …/haproxy also matches …/ACTION
  app.all(['/', '/openapi.json'], refuseMethod(['GET']));
  for (const [path, entries] of byPath) {
    app.all(path, refuseMethod(entries.flatMap(({ route }) => route.methods)));
  }
}

/** Memory that all requests share. */
interface SharedMemory {
  readonly bodies: BodyBudget;
  readonly reads: LargeReplies;
  /** separate from reads: a read must not wait for a dry run, whose check may hang */
  readonly dryRuns: LargeReplies;
}

function serverOf(
  route: Route,
  version: ApiVersion,
  context: OperationContext,
  { bodies, reads, dryRuns }: SharedMemory,
): (request: Request, response: Response) => Promise<void> {
  const answerTo = (request: Request): Promise<Reply> => {
    const { bytes, weight } = bodyLimit(route, request);
    return bodies.hold(weight * bodyBytes(request, bytes), async (keepOnly) => {
      // read also for a route that needs no body: a request with a broken body must have changed nothing
      const body = await readBody(request, bytes);
      // without a Content-Length, the memory of the largest body was reserved
      keepOnly(weight * body.length);
      return route.answer(context, apiRequest(request, version, route, body));
    });
  };
  return async (request, response) => {
    const answer = async (): Promise<number> => send(response, await answerTo(request));
    if (isDryRun(route, request)) await dryRuns.serve(response, answer);
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

/** @returns the size of the body in bytes; 0 for a streamed body */
function send(response: Response, reply: Reply): number {
  if (reply.body instanceof StreamedBody) {
    void sendStreamed(response, reply.status, reply.body);
    return 0;
  }
  const isText = Buffer.isBuffer(reply.body);
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(JSON.stringify(reply.body));
  if (reply.etag !== undefined) response.setHeader('ETag', reply.etag);
  if (reply.retryAfter !== undefined) response.setHeader('Retry-After', reply.retryAfter);
  response.writeHead(reply.status, {
    'Content-Type': isText ? 'text/plain; charset=UTF-8' : 'application/json',
    'Content-Length': body.length,
  });
  response.end(body);
  return body.length;
}

function errorHandler(logger: Logger) {
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
    if (error instanceof BodyTooLarge) response.setHeader('Connection', 'close');
    send(response, reply);
  };
}

function logRequests(logger: Logger, { requests }: RecentEvents) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const began = performance.now();
    const { method, path } = request;
    response.once('close', () => {
      const milliseconds = Math.round(performance.now() - began);
      const status = response.writableFinished ? response.statusCode : 'cut off';
      logger.info({ method, path, status, milliseconds }, 'request');
      requests.add({ at: Date.now(), method, path, status, milliseconds });
    });
    next();
  };
}
