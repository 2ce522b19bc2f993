import { agentVersion } from '#development';
import { openApiDocument } from '../http/openapi.ts';
import { ROUTES } from '../http/routes/routes.ts';

/** Returns the OpenAPI document of the agent as JSON text, ready to print. */
export const openApiText = (): string =>
  `${JSON.stringify(openApiDocument(ROUTES, agentVersion), undefined, 2)}\n`;
