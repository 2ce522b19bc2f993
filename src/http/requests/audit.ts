import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { AuditedRequest } from '../../domain/audit/audit-line.ts';
import type { AuditLog } from '../../host/audit-log.ts';
import type { Clients } from '../server/clients.ts';

const CHANGING: ReadonlySet<string> = new Set(['PUT', 'POST', 'DELETE']);
const FORBIDDEN = 403;
/** The longest path that is kept, in characters. */
const LONGEST_PATH = 500;

type Body = NonNullable<AuditedRequest['body']>;

/** The digests of the bodies that were read. */
const digests = new WeakMap<IncomingMessage, () => Body>();

/**
 * Gives each request that changes something, and each one that gets 403, to the audit log once it is answered. Dry runs are
 * among them, and marked.
 */
export function auditRequests(clients: Clients, audit: AuditLog) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { method, path, socket } = request;
    const authority = clients.authorityOf(socket);
    // other requests of controllers never get 403
    if (!CHANGING.has(method) && authority === 'controller') {
      next();
      return;
    }
    const began = performance.now();
    const time = new Date().toISOString();
    const client = { authority, ...clients.certificateOf(socket) };
    response.once('close', () => {
      if (!CHANGING.has(method) && response.statusCode !== FORBIDDEN) return;
      const body = digests.get(request)?.();
      audit.add({
        time,
        client,
        method: method.slice(0, LONGEST_PATH),
        path: path.slice(0, LONGEST_PATH),
        ...(request.query['dry_run'] === 'true' ? { dryRun: true } : {}),
        ...(body === undefined ? {} : { body }),
        status: response.writableFinished ? response.statusCode : 'cut off',
        milliseconds: Math.round(performance.now() - began),
      });
    });
    next();
  };
}

/**
 * Returns a function that takes the parts of a body for its digest, so that no large body is digested at once.
 * @returns undefined if the audit log does not have the request
 */
export function auditedBody(request: Request): ((part: Buffer) => void) | undefined {
  if (!CHANGING.has(request.method)) return undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  digests.set(request, () => ({ bytes, sha256: hash.copy().digest('hex') }));
  return (part) => {
    bytes += part.length;
    hash.update(part);
  };
}
