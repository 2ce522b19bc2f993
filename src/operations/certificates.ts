import path from 'node:path';
import type { CertificateName } from '../domain/certificate-name.ts';
import { md5Hex } from '../domain/md5.ts';
import { NotFound } from '../errors.ts';
import type { OperationContext } from './context.ts';

const CERTIFICATE_MODE = 0o600;

/** A file that haproxy reads for TLS: certificate and key, a list of them, authorities or revocations. */
export interface Certificate {
  /** load balancer (1.0) or listener (0.5), which need not exist yet */
  readonly id: string;
  readonly name: CertificateName;
}

/**
 * Puts a file in the place of the stored one, as it was sent; haproxy takes it up with its next reload (contract section 3).
 * @returns the md5 of what was sent
 */
export function storeCertificate(
  { queue, paths, host, logger }: OperationContext,
  { id, name }: Certificate,
  body: Buffer,
): Promise<{ etag: string }> {
  return queue.run(id, async () => {
    const directory = paths.loadBalancer(id).certificates;
    await host.files.makeDirectory(directory);
    await host.files.write(path.join(directory, name), body, { mode: CERTIFICATE_MODE });
    logger.info({ loadBalancer: id, certificate: name, bytes: body.length }, 'certificate stored');
    return { etag: md5Hex(body) };
  });
}

/** The md5 of a stored file. @throws NotFound where there is none */
export async function readCertificate(
  { paths, host }: Pick<OperationContext, 'paths' | 'host'>,
  { id, name }: Certificate,
): Promise<{ etag: string }> {
  const content = await host.files.read(path.join(paths.loadBalancer(id).certificates, name));
  if (content === undefined) throw new NotFound('certificate', name);
  return { etag: md5Hex(content) };
}

/** Removes a stored file; one that isn't there is fine. */
export function deleteCertificate(
  { queue, paths, host, logger }: OperationContext,
  { id, name }: Certificate,
): Promise<void> {
  return queue.run(id, async () => {
    await host.files.remove(path.join(paths.loadBalancer(id).certificates, name));
    logger.info({ loadBalancer: id, certificate: name }, 'certificate deleted');
  });
}
