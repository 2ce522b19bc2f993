import * as errors from '../../../src/errors.ts';
import { errorReply } from '../../../src/http/replies/error-replies.ts';
import { OPERATIONS, type Operation } from '../amphora/documented.ts';

/** Statuses that every request can have; docs/api.md names them once. */
const COMMON = ['400', '403', '500'];

/** Returns the cells of the requests in docs/api.md from the OpenAPI document of the agent, without the explanation. */
export function requestCells(): string[][] {
  const served = OPERATIONS.map(({ path, method, operation }) => {
    const [, version, rest = path] = /^\/(\d\.\d)(\/.*)$/.exec(path) ?? [];
    return { version, rest, method: method.toUpperCase(), cells: operationCells(operation) };
  });
  const byRequest = Map.groupBy(served, ({ rest, cells }) => [rest, ...cells].join('|'));
  return [...byRequest.values()].map((group) => {
    const methods = [...new Set(group.map(({ method }) => method))].toSorted().join(', ');
    const versions = [...new Set(group.flatMap(({ version }) => version ?? []))].toSorted().toReversed();
    return [`\`${methods} ${group[0]?.rest}\``, versions.join(', ') || 'none', ...(group[0]?.cells ?? [])];
  });
}

const BODY_TYPES: Readonly<Record<string, string>> = { 'text/plain': 'text', 'application/x-tar': 'bundle' };

function operationCells({ requestBody, parameters, responses }: Operation): string[] {
  const types = Object.keys(requestBody?.content ?? {}).map((type) => BODY_TYPES[type] ?? 'JSON');
  const hasDryRun = parameters.some(({ name }) => name === 'dry_run');
  const answers = Object.keys(responses).filter((status) => !COMMON.includes(status));
  const body = [types.join(' or '), ...(hasDryRun ? ['dry run'] : [])]
    .filter((part) => part !== '')
    .join('; ');
  return [body || '–', answers.join(', ')];
}

/** Stands for a value that differs from request to request. */
const VALUE = '…';

const INPUT_SUBJECTS: readonly errors.InputSubject[] = [
  'request',
  'action',
  'vip',
  'vrrp-address',
  'address',
  'subnet-information',
  'port-information',
  'network-port',
  'rules-information',
  'certificate-name',
];
const KINDS: readonly errors.ObjectKind[] = [
  'load-balancer',
  'listener',
  'udp-listener',
  'interface-of-address',
  'network-interface',
  'certificate',
  'kept-configuration',
  'member',
];
const COMMAND = { argv: [VALUE], exitCode: 1, timedOut: false, output: '', reason: VALUE };

/** An example of each error of the catalogue, by the name in its row. */
const SAMPLES: readonly (readonly [name: string, error: Error])[] = [
  ...INPUT_SUBJECTS.map((one) => [`InvalidInput, ${one}`, new errors.InvalidInput(one, VALUE)] as const),
  ...KINDS.map((one) => [`NotFound, ${one}`, new errors.NotFound(one, VALUE)] as const),
  ['Forbidden', new errors.Forbidden([VALUE])],
  ['SwitchedOff', new errors.SwitchedOff(VALUE, VALUE, VALUE)],
  ['InterfaceExists', new errors.InterfaceExists(VALUE)],
  ['NotRunning', new errors.NotRunning(VALUE)],
  ['DriftOff', new errors.DriftOff()],
  ['NoRollback', new errors.NoRollback(VALUE)],
  ['CommandRefused', new errors.CommandRefused(VALUE, VALUE)],
  ['Busy', new errors.Busy(VALUE, 30)],
  ['NotInstalled', new errors.NotInstalled(VALUE, VALUE)],
  ['UpgradesUnavailable', new errors.UpgradesUnavailable(VALUE)],
  ['UpgradeRefused', new errors.UpgradeRefused(VALUE)],
  ['Rejected', new errors.Rejected(VALUE, VALUE)],
  ['ServiceFailed', new errors.ServiceFailed('start', VALUE, VALUE)],
  ['ServiceSilent', new errors.ServiceSilent('reload', VALUE, VALUE)],
  ['PlugFailed, vip', new errors.PlugFailed('vip', VALUE)],
  ['PlugFailed, network', new errors.PlugFailed('network', VALUE)],
  ['CommandFailed', new errors.CommandFailed(COMMAND)],
  ['InvalidConfiguration', new errors.InvalidConfiguration(VALUE)],
  ['ConfigUpdateFailed', new errors.ConfigUpdateFailed(VALUE)],
  ['KeyStorageMissing', new errors.KeyStorageMissing(VALUE, VALUE)],
  ['WriteFailed', new errors.WriteFailed(VALUE, new Error(VALUE))],
  ['MissingProgram', new errors.MissingProgram(VALUE)],
  ['SocketSilent', new errors.SocketSilent(VALUE, VALUE, false)],
];

/** The errors of the catalogue, without base classes. */
export const ERROR_NAMES: readonly string[] = Object.entries(errors)
  .filter(([name, value]) => name !== 'AgentError' && value.prototype instanceof errors.AgentError)
  .map(([name]) => name);

/** Returns the first cells of the errors in docs/api.md: name, status, body in API 1.0. */
export const errorCells = (): string[][] =>
  SAMPLES.map(([name, error]) => {
    const { status, body } = errorReply(error, '1.0');
    return [`\`${name}\``, `${status}`, `\`${shortened(JSON.stringify(body))}\``];
  });

/** Returns the names of the errors in the rows, without the parts behind the comma. */
export const documentedErrors = (): string[] => [
  ...new Set(SAMPLES.map(([name]) => name.replace(/,.*/, ''))),
];

/** The texts of these errors are long and always the same. */
const shortened = (body: string): string =>
  body.replace(/"(500 Internal Server Error|403 Forbidden|404 Not Found):[^"]*"/, '"$1: …"');
