import type { z } from 'zod';
import type { ApiVersion } from '../../domain/api-version.ts';
import type { OperationContext } from '../../operations/context.ts';
import type { DryRun } from '../../operations/dry-run.ts';
import type { ModelName } from '../json-schema.ts';
import type { Reply } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import type { Body } from './bodies.ts';

/** What the OpenAPI document says of a route, and what its requests may carry. */
export interface RouteDocument {
  readonly summary: string;
  /** what a request carries; undefined: nothing */
  readonly body?: Body;
  /** status of success: 200 unless said */
  readonly success?: 200 | 202;
  /** what a success answers: `{"message":"OK"}` unless said */
  readonly answer?: 'text' | z.ZodType;
  /** what an answer may be in JSON instead of the text */
  readonly answerModel?: ModelName;
  /** an answer names the md5 of the content in its ETag */
  readonly etag?: true;
  /** statuses of failures beside 400, 413 (with a body) and 500, which every route may give */
  readonly failures?: readonly (404 | 406 | 409)[];
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** One row of the table of routes. */
export interface Route {
  readonly versions: readonly ApiVersion[];
  readonly methods: readonly Method[];
  /** behind the version, in Express's notation */
  readonly path: string;
  readonly document: RouteDocument;
  /** with `?dry_run=true` it tells what it would do, and changes nothing */
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

/** What an upload would do, and what is answered to one that was taken. */
export interface UploadAnswers {
  readonly dryRun: (context: OperationContext, request: ApiRequest) => Promise<DryRun>;
  readonly answer: Route['answer'];
}

/** A PUT that has a dry run. */
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
