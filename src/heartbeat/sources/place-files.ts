import type { HaproxyText } from '../../domain/haproxy/haproxy-text.ts';
import type { HeartbeatVersion } from '../../domain/heartbeat/heartbeat-message.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import type { RunTimeRecord } from '../../domain/run-time/run-time-record.ts';
import { type ChangeMark, isDistinct, markOf } from '../../host/change-mark.ts';
import type { Files } from '../../host/files.ts';
import { createHaproxyTexts } from '../../host/haproxy/haproxy-texts.ts';
import { createRunTimeRecords } from '../../host/haproxy/run-time-records.ts';
import { createParsedFiles } from '../../host/parsed-files.ts';
import type { HaproxyPlace } from './haproxy-places.ts';

/** What the files of a load balancer say that heartbeats use. */
export interface PlaceFiles {
  readonly text: HaproxyText;
  readonly version: HeartbeatVersion;
  readonly record: RunTimeRecord | undefined;
  /** text of the file with its drains; undefined without one */
  readonly drains: string | undefined;
}

/**
 * Reads the files of load balancers. Only a person writes a configuration in place. All other files are replaced, so the mark of their
 * directory shows whether one of them has changed.
 */
export interface PlaceReader {
  /** Returns undefined without a configuration; the same text as the last time if it has not changed. */
  read(place: HaproxyPlace): PlaceFiles | undefined | Promise<PlaceFiles | undefined>;
  /** Returns the record of now. */
  record(place: HaproxyPlace): PlaceFiles['record'] | Promise<PlaceFiles['record']>;
  /** Returns the drains of the time of the last other call, or of now. */
  drains(place: HaproxyPlace): PlaceFiles['drains'] | Promise<PlaceFiles['drains']>;
  /** Forgets all load balancers except these. */
  keepOnly(places: readonly HaproxyPlace[]): void;
}

interface Known {
  readonly files: PlaceFiles;
  readonly directory: ChangeMark;
  readonly config: ChangeMark;
}

export function createPlaceReader(files: Pick<Files, 'fingerprint' | 'read' | 'readText'>): PlaceReader {
  const known = new Map<HaproxyId, Known>();
  const texts = createHaproxyTexts(files);
  const versions = createParsedFiles(files, (file) => files.readText(file), versionOf);
  const records = createRunTimeRecords(files);

  /** Returns what was read before, if the directory has not changed since then. */
  const unchanged = ({ id, files: { directory } }: HaproxyPlace): Known | undefined => {
    const last = known.get(id);
    if (last !== undefined && markOf(directory, last.directory) === last.directory) return last;
    known.delete(id);
    return undefined;
  };
  const readAll = async ({ id, files: own }: HaproxyPlace): Promise<PlaceFiles | undefined> => {
    // before the files: a later change makes another mark
    const [directory, config] = [markOf(own.directory), markOf(own.config)];
    const isLasting = directory !== undefined && isDistinct(directory);
    const text = await texts.read(own.config);
    if (text === undefined) return undefined;
    const version = (await versions.read(own.apiVersion)) ?? 3;
    const record = await records.read(own.runTimeRecord);
    const read = { text, version, record, drains: await files.readText(own.drains) };
    if (isLasting && config !== undefined) known.set(id, { files: read, directory, config });
    return read;
  };
  return {
    read(place) {
      const same = unchanged(place);
      const isSame = same !== undefined && markOf(place.files.config, same.config) === same.config;
      return isSame ? same.files : readAll(place);
    },
    record: (place) => {
      const same = unchanged(place);
      return same === undefined ? records.read(place.files.runTimeRecord) : same.files.record;
    },
    drains: ({ id, files: own }) => {
      const same = known.get(id);
      return same === undefined ? files.readText(own.drains) : same.files.drains;
    },
    keepOnly(places) {
      for (const id of known.keys()) if (!places.some((place) => place.id === id)) known.delete(id);
    },
  };
}

/** @param text name of the API that created the load balancer */
const versionOf = (text: string): HeartbeatVersion => (text.trim() === '0.5' ? 1 : 3);
