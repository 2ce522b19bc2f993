import { type IncomingMessage, request } from 'node:http';
import { SocketSilent } from '../../errors.ts';

/** The address of haproxy's own exporter in the controller's configuration (docs/contract.md, section 10). */
export const EXPORTER_URL = 'http://127.0.0.1:9101/metrics';

/**
 * Requests the metrics of haproxy's exporter.
 * @param silenceMs the longest time without data
 * @returns the body as it arrives, in UTF-8; the stream fails when haproxy closes the connection early or sends nothing for
 *   `silenceMs`
 * @throws SocketSilent when haproxy doesn't answer with status 200
 */
export function openExporter(url: string, silenceMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, timeout: silenceMs }, (response) => {
      if (response.statusCode === 200) {
        resolve(response.setEncoding('utf8'));
        return;
      }
      response.resume();
      reject(new SocketSilent(url, `status ${response.statusCode}`, false));
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no data for ${silenceMs} ms`)));
    outgoing.on('error', (error) => reject(new SocketSilent(url, error.message, true, { cause: error })));
    outgoing.end();
  });
}
