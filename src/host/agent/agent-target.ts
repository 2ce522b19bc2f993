import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { isUuid } from '../../domain/ids.ts';
import { endpoint } from '../../domain/network/endpoints.ts';
import { reasonOf } from '../../errors.ts';
import { InvalidTarget } from './agent-errors.ts';

/** An agent on this machine. */
export interface LocalTarget {
  readonly kind: 'local';
  /** path of its socket, which only root may use */
  readonly socket: string;
}

/** An agent on another machine, and what mutual TLS with it needs. */
export interface RemoteTarget {
  readonly kind: 'remote';
  readonly host: string;
  readonly port: number;
  /** the amphora whose agent must answer; undefined: any amphora whose certificate the authority has signed */
  readonly amphora: string | undefined;
  /** the client's certificate and key, and the authority of agents; all connections of a command can share it */
  readonly secureContext: SecureContext;
}

export type AgentTarget = LocalTarget | RemoteTarget;

/** The files of a client, as the command line names them. A file of `cert` may have the key too. */
export interface CredentialFiles {
  readonly cert: string;
  readonly key: string | undefined;
  readonly ca: string;
}

/** Reads the credentials of a client once, for all the agents that it talks to. @throws InvalidTarget */
export function readCredentials(files: CredentialFiles): Pick<RemoteTarget, 'secureContext'> {
  const cert = readPem('--cert', files.cert);
  const key = files.key === undefined ? cert : readPem('--key', files.key);
  const ca = readPem('--cacert', files.ca);
  // Node ignores an authority that it can't read
  examine('--cacert', files.ca, () => new X509Certificate(ca));
  examine('--cert', files.cert, () => createSecureContext({ cert }));
  const secureContext = examine('--key', files.key ?? files.cert, () =>
    createSecureContext({ cert, key, ca, minVersion: 'TLSv1.2' }),
  );
  return { secureContext };
}

function readPem(option: string, file: string): string {
  const text = examine(option, file, () => readFileSync(file, 'utf8'));
  if (!text.includes('-----BEGIN ')) throw new InvalidTarget(`${option} ${file}: it has no PEM block`);
  return text;
}

function examine<Result>(option: string, file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new InvalidTarget(`${option} ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Returns the name of an agent for messages. */
export const targetName = (target: AgentTarget): string =>
  target.kind === 'local' ? target.socket : endpoint(target.host, target.port);

/**
 * Returns what is wrong with the names of an agent's certificate; undefined if nothing is. The certificate of an amphora
 * has the amphora's id as its name, and no address.
 * @param names common name and alternative names
 */
export function wrongName(names: readonly string[], amphora: string | undefined): string | undefined {
  const ids = names.map((name) => name.toLowerCase()).filter(isUuid);
  if (ids.length === 0) return 'its certificate is not that of an amphora: it does not name an id';
  if (amphora === undefined || ids.includes(amphora.toLowerCase())) return undefined;
  return `its certificate is that of amphora ${ids[0]}, not ${amphora}`;
}
