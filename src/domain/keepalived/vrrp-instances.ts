import { readAddress } from '../network/addresses.ts';
import { keepalivedLines, wordsOf } from './keepalived-words.ts';

/** A vrrp_instance of a configuration: what the amphora holds that is MASTER. */
export interface VrrpInstance {
  readonly name: string;
  readonly interface: string;
  /** VIPs, with those that are not advertised; shortest form (RFC 5952) */
  readonly vips: readonly string[];
  /** addresses of the other amphorae, as the configuration has them */
  readonly peers: readonly string[];
}

type Found = { name: string; interface: string; vips: string[]; peers: string[] };

const VIP_BLOCKS = ['virtual_ipaddress', 'virtual_ipaddress_excluded'];
const MOST_WORDS = 3;

/** Reads a VRRP configuration. Never throws: unknown and missing parts are simply absent from the result. */
export function readVrrpInstances(text: string): VrrpInstance[] {
  const instances: Found[] = [];
  const blocks: string[] = [];
  for (const { raw } of keepalivedLines(text)) {
    const words = firstWordsOf(raw);
    const [name = '', value = ''] = words;
    if (words.includes('{')) {
      blocks.push(name);
      if (name === 'vrrp_instance') instances.push({ name: value, interface: '', vips: [], peers: [] });
    } else if (name === '}') blocks.pop();
    else if (blocks[0] === 'vrrp_instance') readSetting(instances.at(-1), blocks.at(-1) ?? '', words);
  }
  return instances;
}

function readSetting(instance: Found | undefined, block: string, words: readonly string[]): void {
  const [name, value] = words;
  if (instance === undefined || name === undefined) return;
  if (block === 'vrrp_instance' && name === 'interface') instance.interface = value ?? '';
  else if (block === 'unicast_peer') instance.peers.push(name);
  else if (VIP_BLOCKS.includes(block)) instance.vips.push(...addressIn(name));
}

/** A line may have a million words. */
function firstWordsOf(line: string): string[] {
  const words: string[] = [];
  for (const word of wordsOf(line)) if (words.push(word) === MOST_WORDS) break;
  return words;
}

function addressIn(word: string): string[] {
  const reading = readAddress(word.replace(/\/\d+$/, ''));
  return 'problem' in reading ? [] : [reading.value];
}
