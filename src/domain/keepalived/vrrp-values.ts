import { keepalivedLines, wordsOf } from './keepalived-words.ts';

/** The value of an unknown setting in controllers' templates. keepalived then uses its default, and so does Octavia. */
const UNKNOWN = 'None';

/** A setting of a vrrp_instance in the configuration. */
interface Setting {
  readonly line: number;
  readonly value: string;
}

type Instance = ReadonlyMap<string, Setting>;

/**
 * Finds values in a VRRP configuration that keepalived accepts, warns about and doesn't use: it replaces or ignores them, or
 * starts without the instance.
 * @param text the configuration
 * @param output output of `keepalived --config-test` for it, on a machine without the amphora's interfaces; some warnings
 *   need these interfaces
 * @returns a line for each value; empty for configurations from Octavia's controllers, although keepalived warns about some
 */
export function unusableVrrpValues(text: string, output: string): string[] {
  const isVersion3 = /^\s*(?:vrrp_)?version\s+3\b/m.test(text);
  const found = instancesOf(text).flatMap((instance) => instanceProblems(instance, isVersion3));
  return [...new Set([...found, ...unusableIn(output)])];
}

/** Returns the interfaces of the instances of a configuration, without duplicates. */
export const vrrpInterfaces = (text: string): string[] => [
  ...new Set(instancesOf(text).flatMap((instance) => instance.get('interface')?.value ?? [])),
];

function instanceProblems(instance: Instance, isVersion3: boolean): string[] {
  const id = instance.get('virtual_router_id');
  const source = instance.get('unicast_src_ip')?.value ?? '';
  return [
    ...(id === undefined ? ['vrrp_instance: no virtual_router_id'] : []),
    ...problem(instance, 'virtual_router_id', isWhole(1, 255), 'not 1 to 255'),
    // 255 is reserved for a router that owns the VIP as its own address (RFC 5798, section 5.2.4)
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

/** Returns the settings directly inside each vrrp_instance. When a name occurs twice, the last setting counts. */
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

/** Returns the first two words of a line, and the number of its opening braces minus the number of its closing ones. */
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

/** keepalived's warnings about values that it doesn't use. */
const UNUSABLE: readonly RegExp[] = [
  /vrrp script interval/,
  /vrrp script (?:fall|rise) value .* invalid/,
  /invalid garp_master_\w+ '.*' - ignoring/i,
  /garp_master_\w+ '.*' invalid - ignoring/i,
  /Preempt_delay not valid/,
  // Octavia writes STANDALONE for an amphora without a peer. keepalived reads it as BACKUP; without a peer it gets the VIP.
  /unknown state '(?!STANDALONE').*'/,
  /unknown authentication type '.*'/,
  /malformed (?:src|unicast peer) address/,
  /MUST be of the same family/,
  /address family must match VRRP instance/,
  // excludes a keyword in place of an address, such as `gateway` in Octavia's routes, which keepalived 2.2 doesn't support
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
