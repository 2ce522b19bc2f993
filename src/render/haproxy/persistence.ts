import type { SessionPersistenceModel } from '../../schemas/models/pool.ts';
import { fetchWith, word } from './quoting.ts';

/** Octavia's [haproxy_amphora] haproxy_stick_size, and the time after which an idle client is forgotten. */
const TABLE = 'size 10k expire 1d';
const SHA1_BYTES = 20;

export interface PersistenceContext {
  /** name of the peers section; undefined when there is none */
  readonly peers: string | undefined;
  readonly overTls: boolean;
}

/** Returns the lines of a backend that keep each client at its member. */
export function persistenceLines(
  persistence: SessionPersistenceModel | undefined,
  { peers, overTls }: PersistenceContext,
): string[] {
  const shared = peers === undefined ? '' : ` peers ${peers}`;
  switch (persistence?.type) {
    case 'SOURCE_IP':
      // a table of type ipv6 also holds IPv4 clients; one of type ip holds no IPv6 clients
      return [`stick-table type ipv6 ${TABLE}${shared}`, 'stick on src'];
    case 'APP_COOKIE': {
      const name = persistence.cookie_name ?? '';
      // hashed, because session cookies may have a longer common beginning than the keys of the table
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
