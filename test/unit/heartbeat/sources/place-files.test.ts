import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBalancerId } from '../../../../src/domain/ids.ts';
import { createPaths } from '../../../../src/domain/paths.ts';
import { serialiseRunTimeRecord } from '../../../../src/domain/run-time/run-time-record.ts';
import type { HaproxyPlace } from '../../../../src/heartbeat/sources/haproxy-places.ts';
import { createPlaceReader, type PlaceReader } from '../../../../src/heartbeat/sources/place-files.ts';
import { createUnpooledFiles, quickFingerprint } from '../../../../src/host/unpooled-files.ts';

/** More than the time for which a directory counts as just changed. */
const RESTED_MS = 1100;
const ID = loadBalancerId('7f0c2a6e-3d55-4a43-8e0a-1d2f3b4c5d6e');
const RECORD = { worker: 7, isUnfinished: false, absent: [], added: [], applied: [] };

let base: string;
let place: HaproxyPlace;
let reads: string[];
let reader: PlaceReader;

beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'place-files-'));
  const paths = createPaths({ basePath: base, baseCertDir: base, agentServerNetworkDir: base });
  place = { id: ID, files: paths.loadBalancer(ID) };
  await mkdir(place.files.directory);
  await replace(place.files.config, 'frontend one\n');
  reads = [];
  const files = { ...createUnpooledFiles(), fingerprint: quickFingerprint };
  const counted = <Name extends 'read' | 'readText'>(name: Name): (typeof files)[Name] =>
    ((file: string) => {
      reads.push(path.basename(file));
      return files[name](file);
    }) as (typeof files)[Name];
  reader = createPlaceReader({ ...files, read: counted('read'), readText: counted('readText') });
});
afterEach(() => rm(base, { recursive: true }));

/** Replaces a file, as the agent does. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

describe('the files of a load balancer', () => {
  it('are read once while nothing changes', async () => {
    await delay(RESTED_MS);
    const first = await reader.read(place);
    expect(first).toMatchObject({ version: 3, record: undefined, drains: undefined });
    reads = [];
    expect(await reader.read(place)).toBe(first);
    expect([await reader.record(place), await reader.drains(place)]).toEqual([undefined, undefined]);
    expect(reads).toEqual([]);
  });

  it('are seen when they come, change and go, however fast one change follows the other', async () => {
    await delay(RESTED_MS);
    await reader.read(place);
    for (let worker = 0; worker < 100; worker += 1) {
      await replace(place.files.runTimeRecord, serialiseRunTimeRecord({ ...RECORD, worker }));
      expect(await reader.record(place)).toEqual({ ...RECORD, worker });
      await replace(place.files.drains, `drains ${worker}`);
      expect(await reader.read(place)).toMatchObject({ record: { worker }, drains: `drains ${worker}` });
      await replace(place.files.apiVersion, worker % 2 === 0 ? '0.5' : '1.0');
      expect(await reader.read(place)).toMatchObject({ version: worker % 2 === 0 ? 1 : 3 });
      await rm(place.files.runTimeRecord);
      expect(await reader.record(place)).toBeUndefined();
    }
  });

  it('has the drains of the time of the last look at the record', async () => {
    await delay(RESTED_MS);
    await reader.read(place);
    await replace(place.files.drains, 'drains');
    await reader.record(place);
    expect(await reader.drains(place)).toBe('drains');
  });

  it('has a configuration that a person wrote in place', async () => {
    await delay(RESTED_MS);
    const before = await reader.read(place);
    await writeFile(place.files.config, 'frontend two\nfrontend three\n');
    expect((await reader.read(place))?.text).not.toBe(before?.text);
  });

  it('are none without a configuration, and are forgotten with their load balancer', async () => {
    await delay(RESTED_MS);
    await reader.read(place);
    reader.keepOnly([place]);
    reads = [];
    await reader.read(place);
    expect(reads).toEqual([]);
    reader.keepOnly([]);
    await reader.read(place);
    expect(reads).not.toEqual([]);
    await rm(place.files.directory, { recursive: true });
    expect(await reader.read(place)).toBeUndefined();
  });
});
