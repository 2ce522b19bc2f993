import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { TlsContainerModel } from '../../schemas/models/tls.ts';

/** A certificate file that a configuration names. */
export interface CertificateFile {
  /** its name in the load balancer's certificate directory */
  readonly file: string;
  readonly pem: string;
}

/** The certificate files of a load balancer. It is filled while the configuration is rendered. */
export interface CertificateStore {
  /** @returns path of the file with certificate, key and chain */
  addContainer(container: TlsContainerModel): string;
  /** @returns path of the file with these PEM blocks */
  addText(pem: string): string;
  /** Adds the certificates of a listener, the default first. @returns path of the crt-list */
  addList(listener: ListenerModel): string;
  files(): readonly CertificateFile[];
}

/**
 * Creates an empty store. Each file name is derived from the file's content, so that a new file never overwrites a file
 * that an older configuration uses.
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
