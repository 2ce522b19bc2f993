import type { z } from 'zod';
import type { ApiVersion } from '../../domain/api-version.ts';
import type { ClientAuthority } from '../../domain/certificates/client-authority.ts';
import type { OperationContext } from '../../operations/context.ts';
import type { DryRun } from '../../operations/dry-run.ts';
import type { ModelName } from '../json-schema.ts';
import type { Reply } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import type { Body } from './bodies.ts';

/** A parameter of the query. */
export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  /** default: it may be left out */
  readonly isRequired?: true;
  /** its JSON schema */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The description of a route for the OpenAPI document, and the body of its requests. */
export interface RouteDocument {
  readonly summary: string;
  /** body of a request; undefined: none */
  readonly body?: Body;
  /** parameters of the query, besides `dry_run` */
  readonly query?: readonly QueryParameter[];
  /** status of success; default: 200 */
  readonly success?: 200 | 202;
  /** body of a success; default: `{"message":"OK"}` */
  readonly answer?: 'text' | 'metrics' | 'page' | 'archive' | 'packets' | z.ZodType;
  /** body of the answer to a dry run; default: that of an upload */
  readonly dryRun?: z.ZodType;
  /** JSON model that may replace the text of the answer */
  readonly answerModel?: ModelName;
  /** whether the answer has the md5 of the content in its ETag */
  readonly etag?: true;
  /** meaning of status 503, which has a text as its body; undefined: the route never answers with 503 */
  readonly unavailable?: string;
  /** statuses of failures besides 400, 413 (with a body) and 500, which every route can have */
  readonly failures?: readonly (404 | 406 | 409 | 429 | 501)[];
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/**
 * The API versions of a route. `none`: a request of this agent alone, which no version of Octavia's API has. It is served
 * without a version in its path only.
 */
export type RouteVersions = readonly ApiVersion[] | 'none';

/** One row of the table of routes. */
export interface Route {
  readonly versions: RouteVersions;
  readonly methods: readonly Method[];
  /** path after the version, in the notation of Express */
  readonly path: string;
  readonly document: RouteDocument;
  /** whether `?dry_run=true` makes it report what it would do and change nothing */
  readonly hasDryRun: boolean;
  /** the least authority that a client needs: a route of `monitor` is open to both */
  readonly authority: ClientAuthority;
  readonly answer: (context: OperationContext, request: ApiRequest) => Promise<Reply>;
}

export const BOTH: readonly ApiVersion[] = ['1.0', '0.5'];

/** A place at which a route is served. */
export interface ServedAt {
  /** `''`, or `/` and a version */
  readonly prefix: string;
  /** the version that the handler of the route gets: the newest one when the path has none */
  readonly version: ApiVersion;
}

/** Returns the documented places of a route: one for each version, or the one without a version. */
export const documentedPlaces = ({ versions }: Route): ServedAt[] =>
  versions === 'none'
    ? [{ prefix: '', version: '1.0' }]
    : versions.map((version) => ({ prefix: `/${version}`, version }));

/** Returns all places of a route. A path without a version means API 1.0, or 0.5 if 1.0 doesn't have the route. */
export function places(one: Route): ServedAt[] {
  const { versions } = one;
  if (versions === 'none') return documentedPlaces(one);
  return [...documentedPlaces(one), { prefix: '', version: versions.includes('1.0') ? '1.0' : '0.5' }];
}

/** Returns the path of a route as OpenAPI writes it: `/listeners/{id}`. */
export const documentedPath = ({ prefix }: ServedAt, { path }: Route): string =>
  `${prefix}${path.replaceAll(/:(\w+)/g, '{$1}')}`;

export function route(
  versions: RouteVersions,
  methods: Method | readonly Method[],
  path: string,
  document: RouteDocument,
  answer: Route['answer'],
): Route {
  const row = { versions, methods: [methods].flat(), path, document, answer };
  return { ...row, hasDryRun: false, authority: 'controller' };
}

/** Opens a route that only reads to clients of agent_monitor_ca too. */
export const forMonitoring = (one: Route): Route => ({ ...one, authority: 'monitor' });

/** Returns the routes that clients of agent_monitor_ca may use: those with the mark that only read. */
export const monitoringRoutes = (routes: readonly Route[]): Route[] =>
  routes.filter(
    ({ authority, methods }) => authority === 'monitor' && methods.every((method) => method === 'GET'),
  );

/** The handlers of an upload: one for a dry run, one for the real upload. */
export interface UploadAnswers {
  readonly dryRun: (context: OperationContext, request: ApiRequest) => Promise<DryRun>;
  readonly answer: Route['answer'];
}

/** Creates the route of a PUT that has a dry run. */
export function uploadRoute(
  versions: readonly ApiVersion[],
  path: string,
  document: RouteDocument,
  { dryRun, answer }: UploadAnswers,
): Route {
  return {
    ...route(versions, 'PUT', path, document, async (context, request) =>
      request.isDryRun ? { status: 200, body: await dryRun(context, request) } : answer(context, request),
    ),
    hasDryRun: true,
  };
}
