import { keepalivedLines, wordsOf } from './keepalived-words.ts';

/** What a controller's templates write for what it doesn't know. keepalived takes its default, and so does Octavia. */
const UNKNOWN = 'None';

/** A setting of a vrrp_instance, as the configuration has it. */
interface Setting {
  readonly line: number;
  readonly value: string;
}

type Instance = ReadonlyMap<string, Setting>;

/**
 * Values in a configuration for VRRP that keepalived takes, warns about and doesn't use: it puts another value in their place,
 * leaves them out, or starts without the instance.
 * @param text the configuration
 * @param output what `keepalived --config-test` said of it, on a machine without its interfaces: some warnings come only
 *   where these are
 * @returns a line for each; none for what controllers of Octavia send, though keepalived warns of some of that too
 */
export function unusableVrrpValues(text: string, output: string): string[] {
  const isVersion3 = /^\s*(?:vrrp_)?version\s+3\b/m.test(text);
  const found = instancesOf(text).flatMap((instance) => instanceProblems(instance, isVersion3));
  return [...new Set([...found, ...unusableIn(output)])];
}

/** The interfaces that the instances of a configuration are for, each once. */
export const vrrpInterfaces = (text: string): string[] => [
  ...new Set(instancesOf(text).flatMap((instance) => instance.get('interface')?.value ?? [])),
];

function instanceProblems(instance: Instance, isVersion3: boolean): string[] {
  const id = instance.get('virtual_router_id');
  const source = instance.get('unicast_src_ip')?.value ?? '';
  return [
    ...(id === undefined ? ['vrrp_instance: no virtual_router_id'] : []),
    ...problem(instance, 'virtual_router_id', isWhole(1, 255), 'not 1 to 255'),
    // 255 is for a router whose own address the VIP is (RFC 5798, section 5.2.4)
    ...problem(instance, 'priority', isWhole(1, 254), 'not 1 to 254'),
    ...(isVersion3 || source.includes(':')
      ? problem(instance, 'advert_int', isBetween(0.01, 40.95), 'not 0.01 to 40.95 s')
      : problem(instance, 'advert_int', isWhole(1, 255), 'not 1 to 255 s')),
  ];
}

type Check = (value: string) => boolean;
const isWhole =
  (least: number, most: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most;
const isBetween =
  (least: number, most: number): Check =>
  (value) =>
    /^\d+(?:\.\d+)?$/.test(value) && Number(value) >= least && Number(value) <= most;

function problem(instance: Instance, name: string, isRight: Check, fault: string): string[] {
  const setting = instance.get(name);
  if (setting === undefined || setting.value === UNKNOWN || isRight(setting.value)) return [];
  return [`(Line ${setting.line}) ${name} ${setting.value}: ${fault}`];
}

/** The settings directly in each vrrp_instance, the last of each name. */
function instancesOf(text: string): Instance[] {
  const instances: Map<string, Setting>[] = [];
  let depth = 0;
  let block = '';
  for (const { line, raw } of keepalivedLines(text)) {
    const { name, value, opened } = readLine(raw);
    if (depth === 0 && /^\w/.test(name)) {
      block = name;
      if (name === 'vrrp_instance') instances.push(new Map());
    } else if (depth === 1 && block === 'vrrp_instance' && value !== '{') {
      instances.at(-1)?.set(name, { line, value });
    }
    depth = Math.max(0, depth + opened);
  }
  return instances;
}

/** The first two words of a line, and how many more braces it opens than it closes. */
function readLine(raw: string): { name: string; value: string; opened: number } {
  const first: string[] = [];
  let opened = 0;
  for (const word of wordsOf(raw)) {
    if (first.length < 2) first.push(word);
    if (word === '{') opened += 1;
    if (word === '}') opened -= 1;
  }
  const [name = '', value = '{'] = first;
  return { name, value, opened };
}

/** keepalived's words of values that it doesn't use. */
const UNUSABLE: readonly RegExp[] = [
  /vrrp script interval/,
  /vrrp script (?:fall|rise) value .* invalid/,
  /invalid garp_master_\w+ '.*' - ignoring/i,
  /garp_master_\w+ '.*' invalid - ignoring/i,
  /Preempt_delay not valid/,
  // Octavia writes STANDALONE for an amphora without a peer; keepalived takes it for BACKUP, and no other has the VIP
  /unknown state '(?!STANDALONE').*'/,
  /unknown authentication type '.*'/,
  /malformed (?:src|unicast peer) address/,
  /MUST be of the same family/,
  /address family must match VRRP instance/,
  // but not a word where an address should be: `gateway`, in routes of Octavia's, which keepalived 2.2 doesn't know
  /parsed invalid IP \S*[\d:]/,
  /track script \S+ not found/,
];

const placeOf = (line: string): string | undefined => /\bLine \d+\)/.exec(line)?.[0];

function unusableIn(output: string): string[] {
  const lines = output.split('\n').map((line) => line.trim());
  const unknown = new Set(lines.filter((line) => line.includes(UNKNOWN)).map(placeOf));
  return lines.filter(
    (line) =>
      UNUSABLE.some((pattern) => pattern.test(line)) &&
      !line.includes(UNKNOWN) &&
      !unknown.has(placeOf(line) ?? ''),
  );
}
