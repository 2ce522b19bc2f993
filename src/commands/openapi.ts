import { agentVersion } from '#development';
import { openApiDocument } from '../http/openapi.ts';
import { ROUTES } from '../http/routes/routes.ts';

/** The OpenAPI document of the agent, as text to be printed. */
export const openApiText = (): string =>
  `${JSON.stringify(openApiDocument(ROUTES, agentVersion), undefined, 2)}\n`;
