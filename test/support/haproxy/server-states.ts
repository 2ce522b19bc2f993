/** The commands for serverStates(), sent to a haproxy on one connection. */
export const STATES_COMMAND = 'show servers state;show stat -1 4 -1';

type Row = Readonly<Record<string, string>>;

/** The states of the servers of a haproxy. */
export interface ServerStates {
  /** by "BACKEND SERVER": all values that come from a configuration */
  readonly configured: Readonly<Record<string, Row>>;
  /** by "BACKEND SERVER": 0 for DOWN, 2 for UP */
  readonly health: Readonly<Record<string, string>>;
}

const CONFIGURED = [
  'srv_addr',
  'srv_admin_state',
  'srv_uweight',
  'srv_iweight',
  'srv_agent_state',
  'srv_fqdn',
  'srv_port',
  'srvrecord',
  'srv_use_ssl',
  'srv_check_port',
  'srv_check_addr',
  'srv_agent_addr',
  'srv_agent_port',
] as const;
/** bits of srv_check_state: there is a check, and it is enabled */
const CHECK_BITS = 6;

/** Reads an answer to STATES_COMMAND. */
export function serverStates(answer: string): ServerStates {
  const [states = '', statistics = ''] = answer.split(/^(?=# pxname)/m);
  const shown = new Map(
    table(statistics, ',').map((row): [string, Row] => [`${row['pxname']} ${row['svname']}`, row]),
  );
  const configured: Record<string, Row> = {};
  const health: Record<string, string> = {};
  for (const row of table(states.replace(/^1\n/, ''), ' ')) {
    const key = `${row['be_name']} ${row['srv_name']}`;
    const { weight = '', act = '', bck = '', status = '' } = shown.get(key) ?? {};
    configured[key] = {
      ...Object.fromEntries(CONFIGURED.map((column) => [column, row[column] ?? ''])),
      check: `${Number(row['srv_check_state']) & CHECK_BITS}`,
      ...{ weight, act, bck },
      kind: /^(?:MAINT|DRAIN|no check)/.exec(status)?.[0] ?? 'checked',
    };
    health[key] = row['srv_op_state'] ?? '';
  }
  return { configured, health };
}

function table(text: string, separator: string): Row[] {
  const [header = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const names = header.replace(/^# /, '').split(separator);
  return lines.map((line) => {
    const fields = line.split(separator);
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  });
}

/** The values that must be as configured for a server's health to count: all but weight and maintenance. */
const ADDRESSED = [
  'srv_addr',
  'srv_port',
  'srv_use_ssl',
  'srv_check_port',
  'srv_check_addr',
  'check',
] as const;

/** Returns whether a server is neither in maintenance nor drained, and otherwise runs as configured but for its weight. */
export const isUntouched = (runs: Row | undefined, configured: Row | undefined): boolean =>
  ['0', '4'].includes(runs?.['srv_admin_state'] ?? '') &&
  ADDRESSED.every((column) => runs?.[column] === configured?.[column]);
