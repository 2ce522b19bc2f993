import { InvalidInput } from '../errors.ts';
import type { OperationContext } from './context.ts';
import type { LvsUpload } from './lvs-upload.ts';
import type { Upload } from './upload.ts';

export function renderLvsModel(_context: OperationContext, _upload: LvsUpload): Buffer {
  throw new InvalidInput('request', 'no models yet');
}

export function renderVrrpModel(_context: OperationContext, _upload: Upload): Buffer {
  throw new InvalidInput('request', 'no models yet');
}
