import type { ApiVersion } from '../../domain/api-version.ts';
import { KEEPALIVED_LVS_PREFIX, KEEPALIVED_SERVICE } from '../../domain/paths.ts';
import { BundleRefused } from '../../domain/upgrade/bundle-refused.ts';
import {
  Busy,
  CommandFailed,
  CommandRefused,
  ConfigUpdateFailed,
  DriftOff,
  Forbidden,
  type InputSubject,
  InterfaceExists,
  InvalidInput,
  KeyStorageMissing,
  NoRollback,
  NotFound,
  NotInstalled,
  NotRunning,
  PlugFailed,
  Rejected,
  reasonOf,
  ServiceFailed,
  SocketSilent,
  SwitchedOff,
  UpgradeRefused,
  UpgradesUnavailable,
  WriteFailed,
} from '../../errors.ts';
import { badRequest, frameworkError, type Reply } from './replies.ts';

/**
 * Turns a failure into a status and a body (docs/contract.md, section 3). No other code does so.
 * @param version API version of the request
 */
export function errorReply(error: unknown, version: ApiVersion): Reply {
  if (error instanceof InvalidInput) {
    const replies = version === '0.5' ? ROCKY_INPUT_REPLIES : INPUT_REPLIES;
    return replies[error.subject](error.message);
  }
  if (error instanceof NotFound) return NOT_FOUND_REPLIES[error.kind](error.id);
  return refusal(error) ?? failure(error);
}

/** Returns the answer to a request that does not fit the client or the state of the amphora; undefined for other errors. */
function refusal(error: unknown): Reply | undefined {
  if (error instanceof Forbidden) return frameworkError(403, error.message);
  if (error instanceof SwitchedOff) return frameworkError(404, error.message);
  if (error instanceof Rejected) {
    return { status: 400, body: { message: 'Invalid request', details: error.output } };
  }
  if (error instanceof Busy) return { ...frameworkError(429, error.message), retryAfter: error.retryAfter };
  if (error instanceof NotInstalled || error instanceof UpgradesUnavailable)
    return frameworkError(501, error.message);
  if (error instanceof InterfaceExists) return { status: 409, body: { message: 'Interface already exists' } };
  if (error instanceof NotRunning) {
    return { status: 409, body: { message: 'Load balancer not running', details: error.message } };
  }
  if (error instanceof DriftOff) {
    return { status: 409, body: { message: 'Drift is switched off', details: error.message } };
  }
  if (error instanceof BundleRefused) {
    return { status: 400, body: { message: 'Bundle refused', details: error.message } };
  }
  if (error instanceof UpgradeRefused) {
    return { status: 409, body: { message: 'Upgrade refused', details: error.message } };
  }
  if (error instanceof NoRollback) {
    return { status: 409, body: { message: 'Nothing to roll back to', details: error.message } };
  }
  return undefined;
}

function failure(error: unknown): Reply {
  if (error instanceof ServiceFailed) {
    return { status: 500, body: { message: serviceMessage(error), details: error.output } };
  }
  if (error instanceof PlugFailed) {
    return {
      status: 500,
      body: { message: `Error plugging ${error.port === 'vip' ? 'VIP' : 'network'}`, details: error.output },
    };
  }
  if (error instanceof ConfigUpdateFailed) {
    return {
      status: 500,
      body: { message: 'Unable to update amphora-agent configuration.', details: error.output },
    };
  }
  if (EXPLAINED.some((kind) => error instanceof kind) || isSystemError(error)) {
    return frameworkError(500, reasonOf(error));
  }
  return isHttpError(error) ? frameworkError(error.status, error.message) : frameworkError(500);
}

/** Unexpected failures whose messages the answer contains, because they name the cause. */
const EXPLAINED = [CommandFailed, CommandRefused, SocketSilent, KeyStorageMissing, WriteFailed];

/** Recognizes Node's error for a failed system call: `EROFS: read-only file system, mkdir '/var/lib/octavia/…'`. */
const isSystemError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && 'code' in error;

function serviceMessage({ service, action }: ServiceFailed): string {
  const lvsListener = service.startsWith(KEEPALIVED_LVS_PREFIX)
    ? service.slice(KEEPALIVED_LVS_PREFIX.length)
    : undefined;
  if (lvsListener !== undefined) return `Failed to ${action} keepalivedlvs listener ${lvsListener}`;
  return service === KEEPALIVED_SERVICE
    ? `Failed to ${action} ${KEEPALIVED_SERVICE} service`
    : `Error ${action}ing haproxy`;
}

const INPUT_REPLIES: Record<InputSubject, (reason: string) => Reply> = {
  request: (reason) => ({ status: 400, body: { message: 'Invalid request', details: reason } }),
  action: (reason) => ({ status: 400, body: { message: 'Invalid Request', details: reason } }),
  vip: (reason) => ({ status: 400, body: { message: `Invalid VIP: ${reason}` } }),
  'vrrp-address': (reason) => ({ status: 400, body: { message: `Invalid VRRP Address: ${reason}` } }),
  address: () => ({ status: 400, body: { message: 'Invalid IP address' } }),
  'subnet-information': (reason) => badRequest('Invalid subnet information', reason),
  'port-information': (reason) => badRequest('Invalid port information', reason),
  'rules-information': (reason) => badRequest('Invalid rules information', reason),
  'network-port': () => ({ status: 400, body: { message: 'Invalid network port' } }),
  'certificate-name': () => ({ status: 400, body: { message: 'Filename has wrong format' } }),
};

/** Octavia's agent in Rocky gives no reason. This agent logs the reason instead. */
const ROCKY_INPUT_REPLIES: typeof INPUT_REPLIES = {
  ...INPUT_REPLIES,
  vip: () => ({ status: 400, body: { message: 'Invalid VIP' } }),
};

/** Returns whether the answer to an input error gives no reason, as in Octavia's agent. */
export const hidesReason = ({ subject }: InvalidInput, version: ApiVersion): boolean =>
  ['address', 'network-port', 'certificate-name'].includes(subject) ||
  (version === '0.5' && subject === 'vip');

const NOT_FOUND_REPLIES: Record<NotFound['kind'], (id: string) => Reply> = {
  'load-balancer': (id) => ({
    status: 404,
    body: { message: 'Loadbalancer Not Found', details: `No loadbalancer with UUID: ${id}` },
  }),
  listener: (id) => ({
    status: 404,
    body: { message: 'Listener Not Found', details: `No listener with UUID: ${id}` },
  }),
  'udp-listener': (id) => ({
    status: 404,
    body: { message: 'UDP Listener Not Found', details: `No UDP listener with UUID: ${id}` },
  }),
  'interface-of-address': () => ({
    status: 404,
    body: { message: 'Error interface not found for IP address' },
  }),
  'network-interface': () => ({ status: 404, body: { details: 'No suitable network interface found' } }),
  certificate: (name) => ({
    status: 404,
    body: { message: 'Certificate Not Found', details: `No certificate with filename: ${name}` },
  }),
  'kept-configuration': (wanted) => ({
    status: 404,
    body: { message: 'Configuration Not Found', details: `The history has no configuration ${wanted}` },
  }),
  member: (id) => ({
    status: 404,
    body: { message: 'Member Not Found', details: `No member with UUID: ${id}` },
  }),
};

/** Recognizes the errors that Express and the body reader throw for broken requests. */
function isHttpError(error: unknown): error is Error & { status: 400 | 413 } {
  return error instanceof Error && 'status' in error && (error.status === 400 || error.status === 413);
}
