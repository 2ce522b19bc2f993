import { ARCHIVE_MS } from '../../domain/diagnostics/limits.ts';
import { Busy } from '../../errors.ts';
import type { OperationContext } from '../../operations/context.ts';
import { diagnosticsEntries } from '../../operations/diagnostics/diagnostics.ts';
import { type Reply, StreamedBody } from './replies.ts';

/** The agents that make an archive now. A process has one agent; a test may have several. */
const busy = new WeakSet<OperationContext['host']>();

/** Returns the answer with a diagnostics archive. @throws Busy while another one is being made */
export function diagnosticsReply(context: OperationContext): Reply {
  const { host } = context;
  if (busy.has(host)) throw new Busy('a diagnostics archive', ARCHIVE_MS / 1000);
  busy.add(host);
  const release = (): void => void busy.delete(host);
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
