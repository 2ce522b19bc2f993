import type { Request } from 'express';
import { isModel } from '../requests/content-type.ts';
import { type BodyLimit, MIB } from './bodies.ts';
import type { Route } from './route.ts';

/** Of a route that wants nothing, and reads to the end what comes nevertheless. */
const NOTHING_WANTED: BodyLimit = { bytes: MIB, weight: 1 };

export function bodyLimit(route: Route, request: Request): BodyLimit {
  const { body } = route.document;
  if (body === undefined) return NOTHING_WANTED;
  const { limit, modelLimit, dryRunLimit } = body;
  if (dryRunLimit !== undefined && isDryRun(route, request)) return dryRunLimit;
  return modelLimit !== undefined && isModel(request) ? modelLimit : limit;
}

/** Whether the answer is a whole configuration. */
export const isRead = ({ document }: Route): boolean => document.answer === 'text';

export const isDryRun = ({ hasDryRun }: Route, { query }: Request): boolean =>
  hasDryRun && query['dry_run'] !== undefined;
