import path from 'node:path';
import { certificateExpiry } from '../../domain/certificates/certificate-expiry.ts';
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
  const found = await Promise.all(
    files.map(async (name) => ({
      name,
      notAfter: certificateExpiry((await host.files.readText(name)) ?? ''),
    })),
  );
  return found.flatMap(({ name, notAfter }) => (notAfter === undefined ? [] : [{ name, notAfter }]));
}
