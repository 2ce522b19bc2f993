import type { CaptureSettings, ClientConnection } from '../../domain/capture/capture-settings.ts';
import { beginCapture } from '../../operations/capture/capture.ts';
import type { OperationContext } from '../../operations/context.ts';
import { type Reply, StreamedBody } from './replies.ts';

/** The time that a slow client has after the end of a capture. */
const SPARE_MS = 30_000;

/** Returns the answer with the packets of a capture that has begun. @throws as beginCapture() */
export async function captureReply(
  context: OperationContext,
  settings: CaptureSettings,
  connection: ClientConnection | undefined,
): Promise<Reply> {
  const { packets } = await beginCapture(context, settings, connection);
  const body = new StreamedBody({
    contentType: 'application/vnd.tcpdump.pcap',
    fileName: `capture-${context.config().amphoraId}-${settings.interfaceName.replaceAll(/[^\w.-]/g, '_')}.pcap`,
    open: async () => packets,
    discard: () => void packets.destroy(),
    longestMs: settings.seconds * 1000 + SPARE_MS,
  });
  return { status: 200, body, capture: settings };
}
