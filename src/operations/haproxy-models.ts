import { InvalidInput } from '../errors.ts';
import type { OperationContext } from './context.ts';
import type { HaproxyUpload } from './load-balancer-upload.ts';
import type { RenderedCertificate } from './model-certificates.ts';

/** A configuration with what it names. */
export interface HaproxyFiles {
  readonly config: Buffer;
  readonly certificates: readonly RenderedCertificate[];
}

export function renderHaproxyModel(
  _context: OperationContext,
  _upload: HaproxyUpload,
  _directory: string,
): Promise<HaproxyFiles> {
  return Promise.reject(new InvalidInput('request', 'no models yet'));
}
