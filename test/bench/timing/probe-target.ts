import { z } from 'zod';

const authority = z.object({ certificate: z.string(), key: z.string() });

/** What a process of its own has to know to ask an agent. */
export const probeTarget = z.object({
  target: z.object({ host: z.string(), port: z.number(), serverName: z.string() }),
  pki: z.object({
    directory: z.string(),
    serverAuthority: authority,
    clientAuthority: authority,
    client: z.string(),
  }),
});
