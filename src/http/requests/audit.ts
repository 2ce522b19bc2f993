import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { AuditedRequest } from '../../domain/audit/audit-line.ts';
import type { ChangedLines } from '../../domain/text/changed-lines.ts';
import type { AuditLog } from '../../host/audit-log.ts';
import type { Clients } from '../server/clients.ts';

const CHANGING: ReadonlySet<string> = new Set(['PUT', 'POST', 'DELETE']);
const FORBIDDEN = 403;
/** The longest path that is kept, in characters. */
const LONGEST_PATH = 500;

/** What the handling of a request has found out for its line. */
interface Findings {
  body?: () => AuditedRequest['body'];
  change?: ChangedLines;
}

const findings = new WeakMap<IncomingMessage, Findings>();

/**
 * Gives each request that changes something, and each one that gets 403, to the audit log once it is answered. Dry runs are
 * among them, and marked.
 */
export function auditRequests(clients: Clients, audit: AuditLog) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { method, path, socket } = request;
    const authority = clients.authorityOf(socket);
    const isChanging = CHANGING.has(method);
    // other requests of controllers never get 403
    if (isChanging || authority === 'monitor') {
      const began = performance.now();
      const time = new Date().toISOString();
      const client = { authority, ...clients.certificateOf(socket) };
      findings.set(request, {});
      response.once('close', () => {
        if (!isChanging && response.statusCode !== FORBIDDEN) return;
        audit.add({
          ...{ time, client, method, path: path.slice(0, LONGEST_PATH) },
          ...(request.query['dry_run'] === 'true' ? { dryRun: true } : {}),
          ...foundIn(request),
          status: response.writableFinished ? response.statusCode : 'cut off',
          milliseconds: Math.round(performance.now() - began),
        });
      });
    }
    next();
  };
}

function foundIn(request: Request): Pick<AuditedRequest, 'body' | 'change'> {
  const { body, change } = findings.get(request) ?? {};
  const read = body?.();
  return { ...(read === undefined ? {} : { body: read }), ...(change === undefined ? {} : { change }) };
}

/**
 * Returns a function that takes the parts of a body for its digest, so that no large body is digested at once.
 * @returns undefined if the audit log does not have the request
 */
export function auditedBody(request: Request): ((part: Buffer) => void) | undefined {
  const found = findings.get(request);
  if (found === undefined) return undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  found.body = () => ({ bytes, sha256: hash.copy().digest('hex') });
  return (part) => {
    bytes += part.length;
    hash.update(part);
  };
}

/** Keeps what an upload changed, for the line of its request. */
export function auditedChange(request: Request, change: ChangedLines | undefined): void {
  const found = findings.get(request);
  if (found !== undefined && change !== undefined) found.change = change;
}
