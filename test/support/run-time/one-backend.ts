import { memberChanges, type RunningWorker } from '../../../src/domain/run-time/member-changes.ts';

/** Texts and dumps of a haproxy with one backend `p:l`, for the decision on changes without a reload. */

export const CHECK = 'check inter 5s fall 3 rise 2';
export const ONE = `server one 192.0.2.1:80 weight 1 ${CHECK}`;
export const TWO = `server two 192.0.2.2:80 weight 1 ${CHECK}`;

/** Returns a configuration with one backend. @param options lines of the backend besides its servers */
export const text = (
  servers: readonly string[],
  options: readonly string[] = ['balance roundrobin'],
): string =>
  [
    ...['global', '    maxconn 100', 'defaults', '    retries 3', 'frontend f', '    default_backend p:l'],
    ...['backend p:l', '    mode http', ...options.map((line) => `    ${line}`)],
    ...servers.map((line) => `    ${line}`),
    '',
  ].join('\n');

export interface Shown {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly admin?: number;
  readonly weight?: number;
  readonly initialWeight?: number;
  readonly checkState?: number;
  readonly usesTls?: boolean;
  readonly checkPort?: number;
}

const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight ' +
  'srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state ' +
  'bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr ' +
  'srv_agent_addr srv_agent_port';

const row = (shown: Shown): string => {
  const { name, address, port = 80, admin = 0, weight = 1, initialWeight = 1, checkState = 6 } = shown;
  const tls = shown.usesTls === true ? 1 : 0;
  return `3 p:l 1 ${name} ${address} 2 ${admin} ${weight} ${initialWeight} 1 1 0 2 ${checkState} 0 0 0 - ${port} - ${tls} ${shown.checkPort ?? 0} - - 0`;
};

export const FIRST: Shown = { name: 'one', address: '192.0.2.1' };
export const SECOND: Shown = { name: 'two', address: '192.0.2.2' };
export const dump = (...rows: readonly Shown[]): string => ['1', HEADER, ...rows.map(row), '', ''].join('\n');

export const worker = (parts: Partial<RunningWorker> = {}): RunningWorker => ({
  text: text([ONE, TWO]),
  dump: dump(FIRST, SECOND),
  removed: [],
  version: '2.6.12-1+deb12u4',
  ...parts,
});

/** Returns the commands of a change, or the reason of a reload. */
export function decided(running: RunningWorker, wanted: string): readonly string[] | string {
  const found = memberChanges(running, wanted);
  if (found.kind === 'reload') return found.reason;
  return [...found.changes, ...found.removals].map((command) => command.text);
}

export const THREE = '192.0.2.3:80';
