import { ARCHIVE_MS } from '../../domain/diagnostics/limits.ts';
import { readinessText } from '../../domain/health/readiness.ts';
import { Busy } from '../../errors.ts';
import type { OperationContext } from '../../operations/context.ts';
import { diagnosticsEntries } from '../../operations/diagnostics/diagnostics.ts';
import type { RunningAgent } from '../../operations/diagnostics/part.ts';
import { amphoraReadiness } from '../../operations/health/readiness.ts';
import { type Reply, StreamedBody } from './replies.ts';

/** The time in which a client must have received an archive, in ms. */
const SENT_MS = 60_000;

/** The answers of other routes, as the parts of an archive have them. */
const liveReports = (context: OperationContext): Pick<RunningAgent, 'readiness' | 'status'> => ({
  readiness: async () => readinessText(await amphoraReadiness(context)),
  async status() {
    const { amphoraStatus } = await import('../../operations/health/amphora-status.ts');
    return amphoraStatus(context);
  },
});

/** Returns the answer with a diagnostics archive. @throws Busy while another one is being made */
export function diagnosticsReply(context: OperationContext): Reply {
  const { host, underWay } = context;
  if (underWay.isArchiving) throw new Busy('a diagnostics archive', ARCHIVE_MS / 1000);
  underWay.isArchiving = true;
  let isHeld = true;
  let limit: NodeJS.Timeout | undefined;
  // once: a second call would let go of the archive of another request
  const release = (): void => {
    if (isHeld) underWay.isArchiving = false;
    isHeld = false;
    clearTimeout(limit);
  };
  async function* entries() {
    try {
      yield* diagnosticsEntries({ ...context, running: { ...context, ...liveReports(context) } });
    } finally {
      release();
    }
  }
  const body = new StreamedBody({
    contentType: 'application/gzip',
    fileName: `diagnostics-${context.config().amphoraId}.tar.gz`,
    longestMs: SENT_MS,
    async open() {
      // whatever hangs, for example the load of code from the disk, the next request gets an archive
      limit = setTimeout(release, SENT_MS + ARCHIVE_MS).unref();
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
