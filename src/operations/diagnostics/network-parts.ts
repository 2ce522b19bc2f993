import path from 'node:path';
import { AMPHORA_NAMESPACE, PLUGGED_INTERFACES } from '../../domain/paths.ts';
import type { Argv } from '../../host/command.ts';
import { type DiagnosticsContext, filePart, type Part, presentFile, programPart } from './part.ts';

const INSIDE = ['ip', 'netns', 'exec', AMPHORA_NAMESPACE] as const;

/** The programs that describe the network of one namespace, by the file of their output. */
const PROGRAMS: Readonly<Record<string, Argv>> = {
  'links.json': ['ip', '-json', '-details', '-statistics', 'link', 'show'],
  'addresses.json': ['ip', '-json', 'address', 'show'],
  'routes-4.json': ['ip', '-json', '-4', 'route', 'show', 'table', 'all'],
  'routes-6.json': ['ip', '-json', '-6', 'route', 'show', 'table', 'all'],
  'rules-4.json': ['ip', '-json', '-4', 'rule', 'show'],
  'rules-6.json': ['ip', '-json', '-6', 'rule', 'show'],
  'neighbours.json': ['ip', '-json', 'neighbour', 'show'],
  'nft.txt': ['nft', 'list', 'ruleset'],
  // the sockets of all connections would be a long list, and the kernel would be busy with it
  'socket-counts.txt': ['ss', '-s'],
  'listening-sockets.txt': ['ss', '-lntup'],
  'conntrack.txt': [
    'head',
    '-v',
    '-n',
    '1000',
    '/proc/net/stat/nf_conntrack',
    '/proc/sys/net/netfilter/nf_conntrack_count',
    '/proc/sys/net/netfilter/nf_conntrack_max',
  ],
};

/** Returns the parts of the network: the kernel's state outside and inside of the namespace, and the agent's files. */
export async function networkParts(context: DiagnosticsContext): Promise<Part[]> {
  const { host, paths, config } = context;
  const directory = config().agentServerNetworkDir;
  const names = await host.files.list(directory);
  return [
    ...Object.entries(PROGRAMS).flatMap(([name, argv]) => [
      programPart(context, `network/outside/${name}`, argv),
      programPart(context, `network/inside/${name}`, [...INSIDE, ...argv]),
    ]),
    programPart(context, 'network/inside/ipvs.txt', [...INSIDE, 'ipvsadm', '-Ln', '--stats', '--exact']),
    ...(await presentFile(context, 'network/plugged_interfaces', PLUGGED_INTERFACES)),
    ...(await presentFile(context, 'network/vip-firewall.nft', paths.vipFirewall)),
    ...names.map((name) => filePart(context, `network/interfaces/${name}`, path.join(directory, name))),
  ];
}
