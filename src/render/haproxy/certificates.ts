import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { TlsContainerModel } from '../../schemas/models/tls.ts';

/** A file that a configuration names. */
export interface CertificateFile {
  /** its name in the load balancer's directory of certificates */
  readonly file: string;
  readonly pem: string;
}

/** Which files the certificates of a load balancer are, filled while its configuration is worked out. */
export interface CertificateStore {
  /** @returns path of the file with certificate, key and chain */
  addContainer(container: TlsContainerModel): string;
  /** @returns path of the file with these PEM blocks */
  addText(pem: string): string;
  /** The certificates of a listener, the default first. @returns path of the crt-list */
  addList(listener: ListenerModel): string;
  files(): readonly CertificateFile[];
}

/**
 * All names are made from what is in the file, so that nothing new ever overwrites what an older configuration uses.
 * @param directory absolute
 */
export function createCertificateStore(directory: string): CertificateStore {
  const files = new Map<string, string>();
  const addText = (lines: string): string => {
    const pem = `${lines}\n`;
    const file = `${createHash('sha1').update(pem).digest('hex')}.pem`;
    files.set(file, pem);
    return path.join(directory, file);
  };
  const addContainer = (container: TlsContainerModel): string =>
    addText([container.certificate, container.private_key, ...container.intermediates].join('\n'));
  return {
    addContainer,
    addText,
    addList({ default_tls_container_data, sni_container_data }) {
      const standard = default_tls_container_data === undefined ? [] : [default_tls_container_data];
      const paths = [...standard, ...sni_container_data].map(addContainer);
      return addText([...new Set(paths)].join('\n'));
    },
    files: () => [...files].map(([file, pem]) => ({ file, pem })),
  };
}
