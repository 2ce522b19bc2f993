import type { AgentConfig } from '../../config/options.ts';
import { ENI_INTERFACES } from './eni-interfaces.ts';
import type { InterfaceContext } from './interface-context.ts';
import type { InterfaceFormat } from './interface-format.ts';
import { JSON_INTERFACES } from './json-interfaces.ts';

const FORMATS: Readonly<Record<AgentConfig['interfaceFileFormat'], InterfaceFormat>> = {
  json: JSON_INTERFACES,
  eni: ENI_INTERFACES,
};

/** Returns the format that the option interface_file_format names. */
export const interfaceFormat = ({ config }: Pick<InterfaceContext, 'config'>): InterfaceFormat =>
  FORMATS[config().interfaceFileFormat];
