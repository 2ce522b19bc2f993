import path from 'node:path';
import type { CertificateHealth } from '../../domain/health/readiness.ts';
import type { OperationContext } from '../context.ts';
import { loadBalancerIds } from '../stored-configs.ts';

type CertificateContext = Pick<OperationContext, 'config' | 'paths' | 'host'>;

/** The expiry of the agent's own certificate and of those of all load balancers. Files without a certificate are left out. */
export async function certificateHealth(context: CertificateContext): Promise<CertificateHealth[]> {
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
  const files = [config().agentServerCert, ...listed.flat()];
  const expiries = await host.certificateExpiries.read(files);
  return files.flatMap((name, index) => {
    const notAfter = expiries[index];
    return notAfter === undefined ? [] : [{ name, notAfter }];
  });
}
