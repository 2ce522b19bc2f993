import type { z } from 'zod';
import type { ApiVersion } from '../../domain/api-version.ts';
import type { OperationContext } from '../../operations/context.ts';
import type { DryRun } from '../../operations/dry-run.ts';
import type { ModelName } from '../json-schema.ts';
import type { Reply } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import type { Body } from './bodies.ts';

/** The description of a route for the OpenAPI document, and the body of its requests. */
export interface RouteDocument {
  readonly summary: string;
  /** body of a request; undefined: none */
  readonly body?: Body;
  /** status of success; default: 200 */
  readonly success?: 200 | 202;
  /** body of a success; default: `{"message":"OK"}` */
  readonly answer?: 'text' | z.ZodType;
  /** JSON model that may replace the text of the answer */
  readonly answerModel?: ModelName;
  /** whether the answer has the md5 of the content in its ETag */
  readonly etag?: true;
  /** statuses of failures besides 400, 413 (with a body) and 500, which every route can have */
  readonly failures?: readonly (404 | 406 | 409)[];
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** One row of the table of routes. */
export interface Route {
  readonly versions: readonly ApiVersion[];
  readonly methods: readonly Method[];
  /** path after the version, in the notation of Express */
  readonly path: string;
  readonly document: RouteDocument;
  /** whether `?dry_run=true` makes it report what it would do and change nothing */
  readonly hasDryRun: boolean;
  readonly answer: (context: OperationContext, request: ApiRequest) => Promise<Reply>;
}

export const BOTH: readonly ApiVersion[] = ['1.0', '0.5'];

export function route(
  versions: readonly ApiVersion[],
  methods: Method | readonly Method[],
  path: string,
  document: RouteDocument,
  answer: Route['answer'],
): Route {
  return { versions, methods: [methods].flat(), path, document, answer, hasDryRun: false };
}

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
