import type { Request } from 'express';
import { isModel } from '../requests/content-type.ts';
import type { Route } from './route.ts';
import { documentOf } from './route-documents.ts';

/** What a request may carry. */
export interface BodyLimit {
  /** the largest body, in bytes */
  readonly bytes: number;
  /** what each byte counts for in the memory for bodies: what is made of it stays in memory as long as the body does */
  readonly weight: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** A configuration of 10 000 members has about 2 MiB. */
const TEXT: BodyLimit = { bytes: 16 * MIB, weight: 1 };
/** The answer has the text twice, as it would be stored and as a difference, and both in JSON. */
const DRY_RUN: BodyLimit = { bytes: 3 * MIB, weight: 5 };
/** 10 000 members have about 4 MiB. */
const MODEL: BodyLimit = { bytes: 8 * MIB, weight: 2 };
const JSON_BODY: BodyLimit = { bytes: MIB, weight: 4 };
const NOTHING_WANTED: BodyLimit = { bytes: MIB, weight: 1 };

/** Of all requests under way together, weighted: the largest one fits, however many there are. */
export const BODIES_LIMIT = 16 * MIB;

export function bodyLimit(route: Route, request: Request): BodyLimit {
  const { body, model, mostBytes } = documentOf(route);
  if (body === undefined) return NOTHING_WANTED;
  if (body !== 'text') return JSON_BODY;
  if (mostBytes !== undefined) return { bytes: mostBytes, weight: 1 };
  if (isDryRun(route, request)) return DRY_RUN;
  return model !== undefined && isModel(request) ? MODEL : TEXT;
}

/** Whether the answer is a whole configuration. */
export const isRead = (route: Route): boolean => documentOf(route).answer === 'text';

export const isDryRun = ({ hasDryRun }: Route, { query }: Request): boolean =>
  hasDryRun && query['dry_run'] !== undefined;
