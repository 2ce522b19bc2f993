import { namespaceDefinition } from '../../render/units.ts';
import { NAMESPACE, type OperationContext } from '../context.ts';

/** Makes the service that rebuilds the namespace at boot (contract section 8). */
export function installNamespaceService(context: OperationContext): Promise<void> {
  return context.queue.run(NAMESPACE, async () => {
    const definition = namespaceDefinition(context);
    await context.host.services.install(definition);
    await context.host.services.enable(definition.name);
  });
}
