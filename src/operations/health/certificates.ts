import path from 'node:path';
import { authoritiesValidity, chainValidity } from '../../domain/certificates/certificate-validity.ts';
import type { CertificateHealth } from '../../domain/health/readiness.ts';
import type { OperationContext } from '../context.ts';
import { loadBalancerIds } from '../stored-configs.ts';

type CertificateContext = Pick<OperationContext, 'config' | 'paths' | 'host'>;

/**
 * The validity of the agent's own certificate, of the authorities of its clients, and of the certificates of all load balancers.
 * Files without a certificate are left out.
 * @param now decides which authority of a file counts
 */
export async function certificateHealth(
  context: CertificateContext,
  now = new Date(),
): Promise<CertificateHealth[]> {
  const { config, paths, host } = context;
  const directories = (await loadBalancerIds(context)).flatMap((id) => {
    const { certificates, modelCertificates } = paths.loadBalancer(id);
    return [certificates, modelCertificates];
  });
  const listed = await Promise.all(
    directories.map(async (directory) =>
      (await host.files.list(directory))
        .filter((name) => name.endsWith('.pem'))
        .map((name) => path.join(directory, name)),
    ),
  );
  const { agentServerCert, agentServerCa, agentMonitorCa } = config();
  const files: readonly Pick<CertificateHealth, 'name' | 'signs'>[] = [
    { name: agentServerCert },
    { name: agentServerCa, signs: 'controllers' },
    ...(agentMonitorCa === undefined
      ? []
      : [{ name: agentMonitorCa, signs: 'clients for monitoring' } as const]),
    ...listed.flat().map((name) => ({ name })),
  ];
  const found = await host.certificateValidities.read(files.map(({ name }) => name));
  return files.flatMap((file, index) => {
    const all = found[index] ?? [];
    const validity = file.signs === undefined ? chainValidity(all) : authoritiesValidity(all, now);
    return validity === undefined ? [] : [{ ...file, ...validity }];
  });
}
