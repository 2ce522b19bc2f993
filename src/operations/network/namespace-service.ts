import { namespaceDefinition } from '../../render/units.ts';
import { NAMESPACE, type OperationContext } from '../context.ts';
import { installService } from '../service-install.ts';

/** Installs the service that restores the namespace at boot (docs/contract.md, section 8). */
export function installNamespaceService(context: OperationContext): Promise<void> {
  return context.queue.run(NAMESPACE, () => installService(context, namespaceDefinition(context)));
}
