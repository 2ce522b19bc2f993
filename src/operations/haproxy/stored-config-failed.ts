import type { RollbackResult } from '../../domain/haproxy/rollback-result.ts';
import { ServiceFailed } from '../../errors.ts';

/** haproxy did not run the stored configuration. `output` ends with the result of the rollback for a person. */
export class StoredConfigFailed extends ServiceFailed {
  readonly rollback: RollbackResult;
  constructor({ action, service }: ServiceFailed, output: string, rollback: RollbackResult, cause: Error) {
    super(action, service, output, { cause });
    this.rollback = rollback;
  }
}
