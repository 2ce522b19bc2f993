import { namespaceDefinition } from '../../render/units.ts';
import { NAMESPACE, type OperationContext } from '../context.ts';

/** Installs the service that restores the namespace at boot (docs/contract.md, section 8). */
export function installNamespaceService(context: OperationContext): Promise<void> {
  return context.queue.run(NAMESPACE, async () => {
    const definition = namespaceDefinition(context);
    await context.host.services.install(definition);
    await context.host.services.enable(definition.name);
  });
}
