import type { ApiVersion } from '../../domain/api-version.ts';
import type { OperationContext } from '../../operations/context.ts';
import type { Reply } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';

/** One row of the table of routes. */
export interface Route {
  readonly versions: readonly ApiVersion[];
  readonly methods: readonly ('GET' | 'PUT' | 'POST' | 'DELETE')[];
  /** behind the version, in Express's notation */
  readonly path: string;
  /** with `?dry_run=true` it tells what it would do, and changes nothing */
  readonly hasDryRun: boolean;
  readonly answer: (context: OperationContext, request: ApiRequest) => Promise<Reply>;
}
