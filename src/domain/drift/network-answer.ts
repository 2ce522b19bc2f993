/** A question about the namespace, and what stands in it of the protocol of templates/programs/network-watch.pl.njk. */
export interface NetworkQuestion {
  /** whether it asks for the tables of the packet filter */
  readonly withTables: boolean;
  /** whether parts that have not changed are answered, too */
  readonly isWhole: boolean;
  /** the settings of the kernel that it asks for */
  readonly keys: readonly string[];
}

/** A message of the program that watches the namespace. */
export type NetworkMessage =
  | { readonly kind: 'damage' }
  | { readonly kind: 'fault'; readonly reason: string }
  | { readonly kind: 'answer'; readonly parts: NetworkParts };

/** By name: the text of each part of an answer. A part that has not changed is missing. */
export type NetworkParts = ReadonlyMap<string, string>;

/** The byte after each message. */
const MESSAGE_END = '\x1d';
/** The byte before the name of each part. */
const PART_BEGIN = '\x1e';
const FAULT = 'fault ';

/** Returns the line that asks the question. */
export const questionLine = ({ withTables, isWhole, keys }: NetworkQuestion): string =>
  `${[withTables ? 'nft' : 'no', isWhole ? 'whole' : 'changed', ...keys].join(' ')}\n`;

/**
 * Returns the messages that have arrived.
 * @param text all that has arrived since the last complete message
 * @returns `rest` is the beginning of a message that has not arrived completely
 */
export function messagesIn(text: string): {
  readonly messages: readonly NetworkMessage[];
  readonly rest: string;
} {
  const texts = text.split(MESSAGE_END);
  const rest = texts.pop() ?? '';
  return { messages: texts.map(messageOf), rest };
}

function messageOf(text: string): NetworkMessage {
  if (text === 'damage') return { kind: 'damage' };
  if (text.startsWith(FAULT)) return { kind: 'fault', reason: text.slice(FAULT.length) };
  const parts = text.split(PART_BEGIN).map((part) => {
    const end = part.indexOf('\n');
    return [part.slice(0, end), part.slice(end + 1)] as const;
  });
  return { kind: 'answer', parts: new Map(parts) };
}

/** A status of wait(2) has the exit code above these bits. */
const EXIT_CODE_BITS = 8;

/** How the program of a part failed. */
export interface PartFailure {
  /** undefined if a signal ended it */
  readonly exitCode: number | undefined;
  readonly reason: string;
  readonly output: string;
}

/** Returns how the program of a part failed. Returns undefined if it did not fail. */
export function partFailure(parts: NetworkParts, name: string): PartFailure | undefined {
  const text = parts.get(`failed ${name}`);
  if (text === undefined) return undefined;
  const [status = '', ...messages] = text.split('\n');
  const exitCode = Number(status) >> EXIT_CODE_BITS;
  return {
    exitCode: exitCode === 0 ? undefined : exitCode,
    reason: exitCode === 0 ? `ended by signal ${status}` : `exit code ${exitCode}`,
    output: messages.join('\n').trim(),
  };
}

/** Returns whether an answer has a part, or says that its program failed. */
export const hasPart = (parts: NetworkParts, name: string): boolean =>
  parts.has(name) || parts.has(`failed ${name}`);
