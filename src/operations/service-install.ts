import type { ServiceDefinition } from '../domain/service-definitions.ts';
import type { OperationContext } from './context.ts';

/** Stores the definition of a service, and starts the service at every boot from now on. Doesn't change a running service. */
export async function installService(
  { host: { services } }: { readonly host: Pick<OperationContext['host'], 'services'> },
  definition: ServiceDefinition,
): Promise<void> {
  await services.install(definition);
  await services.enable(definition.name);
}
