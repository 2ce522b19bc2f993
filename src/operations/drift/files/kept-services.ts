import { peerName } from '../../../domain/haproxy/haproxy-text.ts';
import type { HaproxyId, ListenerId } from '../../../domain/ids.ts';
import {
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  NAMESPACE_SERVICE,
} from '../../../domain/paths.ts';
import type { ServiceDefinition } from '../../../domain/service-definitions.ts';
import type { DefinitionState } from '../../../host/services/services.ts';
import {
  haproxyDefinition,
  keepalivedDefinition,
  keepalivedLvsDefinition,
  namespaceDefinition,
} from '../../../render/units.ts';
import { NAMESPACE, type OperationContext, VRRP } from '../../context.ts';
import { installService } from '../../service-install.ts';
import type { KeptPart, PartDifference } from './kept-part.ts';

/** The services of an amphora by what needs them. */
export interface ServedObjects {
  readonly loadBalancers: readonly HaproxyId[];
  readonly lvsListeners: readonly ListenerId[];
  readonly hasVrrp: boolean;
}

/** The service of each object. */
export function serviceParts(
  context: OperationContext,
  { loadBalancers, lvsListeners, hasVrrp }: ServedObjects,
): KeptPart[] {
  const isUsed = loadBalancers.length > 0 || lvsListeners.length > 0 || hasVrrp;
  return [
    ...(isUsed
      ? [servicePart(context, NAMESPACE_SERVICE, NAMESPACE, async () => [namespaceDefinition(context)])]
      : []),
    ...loadBalancers.map((id) =>
      servicePart(context, haproxyService(id), id, () => haproxyDefinitions(context, id)),
    ),
    ...(hasVrrp
      ? [servicePart(context, KEEPALIVED_SERVICE, VRRP, async () => [keepalivedDefinition(context)])]
      : []),
    ...lvsListeners.map((id) =>
      servicePart(context, keepalivedLvsService(id), id, async () => [keepalivedLvsDefinition(context, id)]),
    ),
  ];
}

/** The first definition has the name of this amphora among haproxy's peers. A controller may have named another one. */
async function haproxyDefinitions(
  context: OperationContext,
  id: HaproxyId,
): Promise<[ServiceDefinition, ...ServiceDefinition[]]> {
  const text = (await context.host.files.readText(context.paths.loadBalancer(id).config)) ?? '';
  const named = [...text.matchAll(/^\s*peer\s+(\S+)\s/gm)].flatMap(([, peer]) => peer ?? []);
  const definition = (peer: string): ServiceDefinition => haproxyDefinition(context, { id, peer });
  return [definition(peerName(context.config().amphoraId)), ...named.map(definition)];
}

const SEEN: Readonly<Record<Exclude<DefinitionState, 'same' | 'foreign'>, string>> = {
  missing: 'missing',
  other: 'another text',
  disabled: 'a boot does not start it',
};

function servicePart(
  context: OperationContext,
  name: string,
  lock: string,
  definitions: () => Promise<readonly [ServiceDefinition, ...ServiceDefinition[]]>,
): KeptPart {
  const { config, host } = context;
  const { haproxyCmd, administrativeLogFacility } = config();
  return {
    ...{ object: `${name}.service`, lock },
    basis: JSON.stringify([haproxyCmd, administrativeLogFacility]),
    watched: host.services.definitionFiles(name),
    async compare(): Promise<PartDifference[]> {
      const [own, ...others] = await definitions();
      let state = await host.services.inspect(own);
      let wanted = own;
      for (const other of others) {
        if (state !== 'other') break;
        const seen = await host.services.inspect(other);
        if (seen === 'same' || seen === 'disabled') [state, wanted] = [seen, other];
      }
      // the unit of another agent stays until the next upload
      if (state === 'same' || state === 'foreign') return [];
      const repair = { text: 'install the service', run: () => installService(context, wanted) };
      return [
        {
          ...{ kind: 'unit', wanted: 'the service that the agent installs', seen: SEEN[state], repair },
          weight: state === 'missing' ? 'fault' : 'note',
        },
      ];
    },
  };
}
