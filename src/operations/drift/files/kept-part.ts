import type { Difference } from '../../../domain/drift/difference.ts';
import { modeDrift } from '../../../domain/drift/file-modes.ts';
import type { FileAttributes } from '../../../host/files.ts';
import type { OperationContext } from '../../context.ts';
import { type FoundDifference, foundDifference, type Repair } from '../drift-kind.ts';
import type { EqualParts } from '../last-looks.ts';

/** How something that the agent writes differs from what it would write, and the repair. */
export interface PartDifference extends Pick<Difference, 'kind' | 'wanted' | 'seen' | 'weight'> {
  /** undefined: it is only reported */
  readonly repair: Repair | undefined;
}

/** A file, a service or a set of files that the agent writes. */
export interface KeptPart {
  readonly object: string;
  readonly lock: string;
  /** the files and directories whose attributes decide whether the part is compared: it is read only when one has changed */
  readonly watched: readonly string[];
  /** what else decides what is wanted */
  readonly basis: string;
  /** @returns undefined when the part can't be judged now, because a request works on what decides it */
  compare(
    attributes: readonly (FileAttributes | undefined)[],
  ): Promise<readonly PartDifference[] | undefined>;
}

/**
 * Returns a text that changes with the attributes of files and directories.
 * @returns undefined when one of them can't be looked at
 */
export async function attributesSign(
  { host }: Pick<OperationContext, 'host'>,
  watched: readonly string[],
): Promise<string | undefined> {
  let sign = '';
  try {
    for (const place of watched) {
      const found = await host.files.attributes(place);
      sign += found === undefined ? '- ' : `${found.mode} ${found.fingerprint} `;
    }
  } catch {
    // the comparison of the part with this file reports the reason
    return undefined;
  }
  return sign;
}

/**
 * Compares a part if it has changed since a look without a difference.
 * @param known that look, which this one updates
 * @returns undefined when the part can't be judged now
 */
export async function comparePart(
  { host }: Pick<OperationContext, 'host'>,
  part: KeptPart,
  known: EqualParts,
): Promise<FoundDifference[] | undefined> {
  const { object, lock, watched, basis } = part;
  const attributes = await Promise.all(watched.map((file) => host.files.attributes(file)));
  const key = JSON.stringify([lock, object]);
  const sign = JSON.stringify([basis, attributes]);
  if (known.get(key) === sign) return [];
  known.delete(key);
  const differences = await part.compare(attributes);
  if (differences?.length === 0) known.set(key, sign);
  return differences?.map(({ repair, ...one }) => foundDifference({ ...one, object, lock }, repair));
}

/** A difference of the mode of a file or directory. Its repair sets the mode. */
export function modeDifference(
  { host }: Pick<OperationContext, 'host'>,
  file: string,
  seen: number,
  wanted: number,
): PartDifference[] {
  const drift = modeDrift(seen, wanted);
  if (drift === undefined) return [];
  const run = (): Promise<void> => host.files.setMode(file, wanted);
  return [{ kind: 'mode', ...drift, weight: 'note', repair: { text: `set ${drift.wanted}`, run } }];
}
