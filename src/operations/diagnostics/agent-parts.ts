import path from 'node:path';
import { certificateFacts } from '../../domain/diagnostics/certificate-facts.ts';
import { type DiagnosticsContext, filePart, jsonPart, type Part, presentFile, programPart } from './part.ts';

const PACKAGES = ['haproxy', 'keepalived', 'ipvsadm', 'iproute2', 'nftables', 'systemd', 'amphora-agent'];
const MACHINE_MS = 8_000;

/** Returns the parts of the agent itself: versions, configuration, certificates, last requests and heartbeats. */
export async function agentParts(context: DiagnosticsContext): Promise<Part[]> {
  const { version, config, configFile, host, paths } = context;
  const { agentServerCert, agentServerCa, haproxyCmd } = config();
  return [
    jsonPart('agent/versions.json', async () => ({
      agent: version,
      packages: await host.system.packageVersions(PACKAGES),
    })),
    filePart(context, 'agent/amphora-agent.conf', configFile),
    jsonPart('agent/certificates.json', async () => ({
      [agentServerCert]: certificateFacts((await host.files.readText(agentServerCert)) ?? ''),
      [agentServerCa]: certificateFacts((await host.files.readText(agentServerCa)) ?? ''),
    })),
    ...memoryParts(context),
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

/** Returns the parts that only the running agent knows. */
function memoryParts({ running }: DiagnosticsContext): Part[] {
  const known = <Value>(read: (memory: NonNullable<typeof running>) => Value): Value => {
    if (running === undefined) throw new Error('only the running agent knows it: see GET /diagnostics');
    return read(running);
  };
  return [
    jsonPart('agent/requests.json', async () => known(({ recent }) => recent.requests.entries())),
    jsonPart('agent/failed-changes.json', async () => known(({ recent }) => recent.failedChanges.entries())),
    jsonPart('agent/heartbeats.json', () => known(({ recent }) => recent.heartbeats())),
    jsonPart('agent/reloads.json', async () => known(({ reloads }) => reloads.status())),
  ];
}

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
