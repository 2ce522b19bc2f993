import path from 'node:path';
import type { CertificateName } from '../../domain/certificates/certificate-name.ts';
import { isInFstab, isMounted, unitsThatMount } from '../../domain/certificates/key-storage.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { KeyStorageMissing, NotFound } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { OperationContext } from '../context.ts';

const CERTIFICATE_MODE = 0o600;

/** A file that haproxy reads for TLS: a certificate with its key, a list of certificates, authorities or revocations. */
export interface Certificate {
  /** load balancer (1.0) or listener (0.5); it may not exist yet */
  readonly id: HaproxyId;
  readonly name: CertificateName;
}

/**
 * Stores a file as received. haproxy reads it at its next reload (docs/contract.md, section 3).
 * @returns the md5 of the request's body
 * @throws KeyStorageMissing when the disk in memory, on which the image keeps keys, isn't mounted
 */
export function storeCertificate(
  { config, queue, paths, host, logger }: OperationContext,
  { id, name }: Certificate,
  body: Buffer,
): Promise<{ etag: string }> {
  return queue.run(id, async () => {
    await requireKeyStorage(host, config().baseCertDir);
    const directory = paths.loadBalancer(id).certificates;
    await host.files.makeDirectory(directory);
    await host.files.write(path.join(directory, name), body, { mode: CERTIFICATE_MODE });
    logger.info({ loadBalancer: id, certificate: name, bytes: body.length }, 'certificate stored');
    return { etag: md5Hex(body) };
  });
}

async function requireKeyStorage({ files }: Pick<Host, 'files'>, directory: string): Promise<void> {
  if (isMounted((await files.readText('/proc/self/mountinfo')) ?? '', directory)) return;
  for (const { unit, files: places } of unitsThatMount(directory)) {
    const texts = await Promise.all(places.map((place) => files.readText(place)));
    // a masked unit is a link to /dev/null, which reads as empty
    if (texts.some((text) => text)) throw new KeyStorageMissing(directory, `systemctl restart ${unit}`);
  }
  if (isInFstab((await files.readText('/etc/fstab')) ?? '', directory)) {
    throw new KeyStorageMissing(directory, `mount ${directory}`);
  }
}

/** Returns the md5 of a stored file. @throws NotFound when the file doesn't exist */
export async function readCertificate(
  { paths, host }: Pick<OperationContext, 'paths' | 'host'>,
  { id, name }: Certificate,
): Promise<{ etag: string }> {
  const content = await host.files.read(path.join(paths.loadBalancer(id).certificates, name));
  if (content === undefined) throw new NotFound('certificate', name);
  return { etag: md5Hex(content) };
}

/** Removes a stored file. Does nothing when the file doesn't exist. */
export function deleteCertificate(
  { queue, paths, host, logger }: OperationContext,
  { id, name }: Certificate,
): Promise<void> {
  return queue.run(id, async () => {
    await host.files.remove(path.join(paths.loadBalancer(id).certificates, name));
    logger.info({ loadBalancer: id, certificate: name }, 'certificate deleted');
  });
}
