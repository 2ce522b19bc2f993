import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { AuditedRequest, AuditedUpgrade } from '../../domain/audit/audit-line.ts';
import type { CaptureSettings } from '../../domain/capture/capture-settings.ts';
import type { ChangedLines } from '../../domain/text/changed-lines.ts';
import type { AuditLog } from '../../host/audit-log.ts';
import type { Reply } from '../replies/replies.ts';
import type { Clients } from '../server/clients.ts';
import { CHANGING_METHODS } from './changing-methods.ts';

/** Paths of requests that change nothing, but show the traffic of tenants. */
const REVEALING: ReadonlySet<string> = new Set(['/capture']);
const FORBIDDEN = 403;
/** The longest path that is kept, in characters. */
const LONGEST_PATH = 500;

/** What the handling of a request has found out for its line. */
interface Findings {
  body?: () => AuditedRequest['body'];
  change?: ChangedLines;
  capture?: CaptureSettings;
  upgrade?: AuditedUpgrade;
}

const findings = new WeakMap<IncomingMessage, Findings>();

/**
 * Gives each request that changes something or captures packets, and each one that gets 403, to the audit log once it is answered.
 * Dry runs are among them, and marked. The log counts the refused requests of a client for monitoring.
 */
export function auditRequests(clients: Clients, audit: Pick<AuditLog, 'add' | 'addRefused'>) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { method, path, socket } = request;
    const authority = clients.authorityOf(socket);
    const isAudited = CHANGING_METHODS.has(method) || (REVEALING.has(path) && method !== 'OPTIONS');
    // other requests of controllers never get 403
    if (isAudited || authority === 'monitor') {
      const began = performance.now();
      const client = { authority, ...clients.certificateOf(socket) };
      const asked = { time: new Date().toISOString(), client, ...requestIn(request) };
      findings.set(request, {});
      response.once('close', () => {
        if (!isAudited && response.statusCode !== FORBIDDEN) return;
        const line = {
          ...{ ...asked, ...foundIn(request), status: statusOf(response) },
          milliseconds: Math.round(performance.now() - began),
        };
        // all that is audited of a client for monitoring is refused, also if the client didn't wait for the answer
        if (authority === 'monitor') audit.addRefused(line);
        else audit.add(line);
      });
    }
    next();
  };
}

const requestIn = ({ method, path, query }: Request): Pick<AuditedRequest, 'method' | 'path' | 'dryRun'> => ({
  method,
  path: path.slice(0, LONGEST_PATH),
  ...(query['dry_run'] === 'true' ? { dryRun: true } : {}),
});

const statusOf = (response: Response): AuditedRequest['status'] =>
  response.writableFinished ? response.statusCode : 'cut off';

function foundIn(request: Request): Pick<AuditedRequest, 'body' | 'change' | 'capture' | 'upgrade'> {
  const { body, change, capture, upgrade } = findings.get(request) ?? {};
  const read = body?.();
  return {
    ...(read === undefined ? {} : { body: read }),
    ...(change === undefined ? {} : { change }),
    ...(capture === undefined ? {} : { capture }),
    ...(upgrade === undefined ? {} : { upgrade }),
  };
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

/** Keeps what the handler of a request has found out for the line of the request. */
export function auditedReply(
  request: Request,
  { change, capture, upgrade }: Pick<Reply, 'change' | 'capture' | 'upgrade'>,
): void {
  const found = findings.get(request);
  if (found === undefined) return;
  if (change !== undefined) found.change = change;
  if (capture !== undefined) found.capture = capture;
  if (upgrade !== undefined) found.upgrade = upgrade;
}
