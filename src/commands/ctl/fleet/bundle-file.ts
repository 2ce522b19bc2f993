import { createReadStream } from 'node:fs';
import { bundleBytes, isExpired } from '../../../domain/upgrade/bundle-form.ts';
import { bundleId } from '../../../domain/upgrade/manifest-text.ts';
import { reasonOf } from '../../../errors.ts';
import type { RequestBody } from '../../../host/agent/agent-connection.ts';
import { readBundleHead } from '../../../host/upgrade/bundle-head.ts';
import { parseBundleManifest } from '../../../schemas/bundle-manifest.ts';
import { UsageFault } from '../outcome.ts';

/** A bundle as amphorae get it. */
export interface SentBundle {
  readonly id: string;
  readonly body: RequestBody;
}

/**
 * Reads what a bundle says of itself. The amphorae verify its signature and its packages; here only a file that all of them
 * would refuse is found, before anything is sent.
 * @throws UsageFault
 */
export async function readBundle(file: string, now: Date): Promise<SentBundle> {
  try {
    const { manifest: text, bytes } = await readBundleHead(file);
    const manifest = parseBundleManifest(JSON.parse(text.toString('utf8')));
    const wanted = bundleBytes(text.length, manifest.packages);
    if (bytes !== wanted) throw new UsageFault(`it has ${bytes} bytes, and its manifest wants ${wanted}`);
    if (isExpired(manifest, now)) throw new UsageFault(`it expired at ${manifest.expires}: make a new one`);
    const body = { bytes, type: 'application/octet-stream', open: () => createReadStream(file) };
    return { id: bundleId(text), body };
  } catch (error) {
    throw new UsageFault(`bundle ${file}: ${reasonOf(error)}`, { cause: error });
  }
}
