import path from 'node:path';
import { certificateFacts } from '../../domain/diagnostics/certificate-facts.ts';
import { reasonOf } from '../../errors.ts';
import { type DiagnosticsContext, filePart, jsonPart, type Part, presentFile, programPart } from './part.ts';

const PACKAGES = ['haproxy', 'keepalived', 'ipvsadm', 'iproute2', 'nftables', 'systemd', 'amphora-agent'];
const MACHINE_MS = 8_000;

/** Returns the parts of the agent itself: versions, configuration and certificates. */
export async function agentParts(context: DiagnosticsContext): Promise<Part[]> {
  const { version, config, configFile, host, paths } = context;
  const { agentServerCert, agentServerCa, agentMonitorCa, haproxyCmd } = config();
  const certificateFiles = [agentServerCert, agentServerCa, agentMonitorCa].filter(
    (file) => file !== undefined,
  );
  return [
    jsonPart('agent/versions.json', async () => ({
      agent: version,
      packages: await host.system.packageVersions(PACKAGES),
    })),
    filePart(context, 'agent/amphora-agent.conf', configFile),
    jsonPart('agent/certificates.json', async () => {
      const read = certificateFiles.map(async (file) => [file, await factsIn(context, file)] as const);
      return Object.fromEntries(await Promise.all(read));
    }),
    ...(await presentFile(context, 'agent/stats_counters.json', paths.countersFile)),
    programPart(context, 'versions/haproxy.txt', [haproxyCmd, '-vv']),
    {
      name: 'versions/keepalived.txt',
      read: async () =>
        (await host.commands.run(['/usr/sbin/keepalived', '--version'], { timeoutMs: MACHINE_MS })).output,
    },
    filePart(context, 'versions/kernel.txt', '/proc/version'),
  ];
}

/** Returns the facts of the certificates in a file, or why there are none. */
const factsIn = ({ host }: DiagnosticsContext, file: string): Promise<unknown> =>
  host.files
    .readText(file)
    .then((text) => (text === undefined ? 'no such file' : certificateFacts(text)))
    .catch(reasonOf);

/** Files in /proc about the machine. A kernel may lack some of them. */
const PROC_FILES = ['meminfo', 'loadavg', 'uptime', 'mounts', 'modules', 'pressure/cpu', 'pressure/memory'];

/** Returns the parts of the machine below the amphora. */
export async function machineParts(context: DiagnosticsContext): Promise<Part[]> {
  const files = PROC_FILES.map((file) =>
    presentFile(context, `machine/${file.replace('/', '-')}.txt`, path.join('/proc', file)),
  );
  return [
    {
      ...jsonPart('machine/facts.json', () => context.host.diagnostics.machineFacts()),
      deadlineMs: MACHINE_MS,
    },
    filePart(context, 'machine/os-release.txt', '/etc/os-release'),
    ...(await Promise.all(files)).flat(),
  ];
}
