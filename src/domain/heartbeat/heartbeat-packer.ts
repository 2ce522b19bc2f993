import type { KeyObject } from 'node:crypto';
import {
  contentText,
  type HeartbeatContent,
  type HeartbeatReport,
  type HeartbeatVersion,
  LARGEST_DATAGRAM,
  messageText,
  sealHeartbeat,
} from './heartbeat-message.ts';
import { type PackedHeartbeat, packHeartbeat } from './heartbeat-parts.ts';

/** A heartbeat that is to be packed. */
export interface Unpacked extends Pick<HeartbeatReport, 'amphoraId' | 'sequence'> {
  readonly version: HeartbeatVersion;
  readonly content: HeartbeatContent;
}

/** Returns what packHeartbeat() returns. */
export type HeartbeatPacker = (heartbeat: Unpacked, key: KeyObject) => PackedHeartbeat;

interface Last extends Pick<Unpacked, 'version' | 'content'> {
  readonly packed: PackedHeartbeat;
  /** JSON of the content, made when it is needed again */
  text?: string;
}

/**
 * Creates a packer for one heartbeat after the other. A content that is the same object as the last one is not written to JSON again,
 * which an amphora without traffic saves at each heartbeat.
 */
export function createHeartbeatPacker(): HeartbeatPacker {
  let last: Last | undefined;

  const packLast = (known: Last, heartbeat: Unpacked, key: KeyObject): PackedHeartbeat | undefined => {
    known.text ??= contentText(known.version, known.content);
    const datagram = sealHeartbeat(messageText(heartbeat, known.text), key, 'fast');
    return datagram.length > LARGEST_DATAGRAM ? undefined : { ...known.packed, datagram };
  };
  return (heartbeat, key) => {
    const { version, content, amphoraId, sequence } = heartbeat;
    if (last?.version === version && last.content === content) {
      const repeated = packLast(last, heartbeat, key);
      if (repeated !== undefined) return repeated;
    }
    const packed = packHeartbeat(version, { ...content, amphoraId, sequence }, key);
    const isWhole = packed.parts === 1 && packed.unnamed === 0;
    last = isWhole ? { version, content, packed } : undefined;
    return packed;
  };
}
