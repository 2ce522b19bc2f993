import type { SessionPersistenceModel } from '../../schemas/models/pool.ts';
import { fetchWith, word } from './quoting.ts';

/** Octavia's [haproxy_amphora] haproxy_stick_size, and how long a client without requests is remembered. */
const TABLE = 'size 10k expire 1d';
const SHA1_BYTES = 20;

export interface PersistenceContext {
  /** name of the peers section; undefined where there is none */
  readonly peers: string | undefined;
  readonly overTls: boolean;
}

/** Lines of a backend whose clients stay with their member. */
export function persistenceLines(
  persistence: SessionPersistenceModel | undefined,
  { peers, overTls }: PersistenceContext,
): string[] {
  const shared = peers === undefined ? '' : ` peers ${peers}`;
  switch (persistence?.type) {
    case 'SOURCE_IP':
      // an IPv4 client is found in it as well; in one of type ip no IPv6 client would be
      return [`stick-table type ipv6 ${TABLE}${shared}`, 'stick on src'];
    case 'APP_COOKIE': {
      const name = persistence.cookie_name ?? '';
      // as long as the table's keys are, session cookies may begin with more in common
      const key = (method: string): string => word(`${fetchWith(method, name)},sha1`);
      return [
        `stick-table type binary len ${SHA1_BYTES} ${TABLE}${shared}`,
        `stick store-response ${key('res.cook')}`,
        `stick match ${key('req.cook')}`,
      ];
    }
    case 'HTTP_COOKIE':
      return [`cookie SRV insert indirect nocache httponly${overTls ? ' secure' : ''}`];
    case undefined:
      return [];
  }
}
