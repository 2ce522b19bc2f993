import { type IncomingMessage, request } from 'node:http';
import { SocketSilent } from '../../errors.ts';

/** Where the controller's configuration puts haproxy's own exporter (contract section 10). */
export const EXPORTER_URL = 'http://127.0.0.1:9101/metrics';

/**
 * Asks haproxy's exporter for its metrics.
 * @param silenceMs how long it may take to say the next word
 * @returns the body as it comes, in UTF-8; it fails where haproxy breaks off or falls silent
 * @throws SocketSilent where no answer with status 200 begins
 */
export function openExporter(url: string, silenceMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, timeout: silenceMs }, (response) => {
      if (response.statusCode === 200) {
        resolve(response.setEncoding('utf8'));
        return;
      }
      response.resume();
      reject(new SocketSilent(url, `status ${response.statusCode}`, false));
    });
    asked.once('timeout', () => asked.destroy(new Error(`no word for ${silenceMs} ms`)));
    asked.on('error', (error) => reject(new SocketSilent(url, error.message, true, { cause: error })));
    asked.end();
  });
}
