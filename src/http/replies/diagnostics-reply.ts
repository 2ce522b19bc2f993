import { ARCHIVE_MS } from '../../domain/diagnostics/limits.ts';
import { Busy } from '../../errors.ts';
import type { OperationContext } from '../../operations/context.ts';
import { diagnosticsEntries } from '../../operations/diagnostics/diagnostics.ts';
import { type Reply, StreamedBody } from './replies.ts';

/** Returns the answer with a diagnostics archive. @throws Busy while another one is being made */
export function diagnosticsReply(context: OperationContext): Reply {
  const { host, underWay } = context;
  if (underWay.isArchiving) throw new Busy('a diagnostics archive', ARCHIVE_MS / 1000);
  underWay.isArchiving = true;
  const release = (): void => {
    underWay.isArchiving = false;
  };
  async function* entries() {
    try {
      yield* diagnosticsEntries({ ...context, running: context });
    } finally {
      release();
    }
  }
  const body = new StreamedBody({
    contentType: 'application/gzip',
    fileName: `diagnostics-${context.config().amphoraId}.tar.gz`,
    async open() {
      try {
        return await host.diagnostics.archiveOf(entries());
      } catch (error) {
        release();
        throw error;
      }
    },
    discard: release,
  });
  return { status: 200, body };
}
