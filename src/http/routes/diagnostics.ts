import { type Route, route } from './route.ts';

/** The route of the diagnostics archive. Its code is loaded at the first request. */
export const DIAGNOSTICS_ROUTES: readonly Route[] = [
  route(
    'none',
    'GET',
    '/diagnostics',
    {
      summary: 'Everything that helps to find a fault, without secrets, as a tar archive compressed by gzip',
      answer: 'archive',
      failures: [429],
    },
    async (context) => {
      const { diagnosticsReply } = await import('../replies/diagnostics-reply.ts');
      return diagnosticsReply(context);
    },
  ),
];
