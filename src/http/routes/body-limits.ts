import type { Request } from 'express';
import { isModel } from '../requests/content-type.ts';
import { type BodyLimit, MIB } from './bodies.ts';
import type { Route } from './route.ts';

/** The limit of a route that needs no body. The agent reads a body of such a request to its end and ignores it. */
const NO_BODY_NEEDED: BodyLimit = { bytes: MIB, weight: 1 };

export function bodyLimit(route: Route, request: Request): BodyLimit {
  const { body } = route.document;
  if (body === undefined) return NO_BODY_NEEDED;
  const { limit, modelLimit, dryRunLimit } = body;
  if (dryRunLimit !== undefined && isDryRun(route, request)) return dryRunLimit;
  return modelLimit !== undefined && isModel(request) ? modelLimit : limit;
}

/** Returns whether the answer is a whole configuration. */
export const isRead = ({ document }: Route): boolean => document.answer === 'text';

/** Returns whether the handler reads the body while it arrives. */
export const isStreamed = ({ document }: Route): boolean => document.body?.content === 'bundle';

export const isDryRun = ({ hasDryRun }: Route, { query }: Request): boolean =>
  hasDryRun && query['dry_run'] !== undefined;
