import { z } from 'zod';

/** The orders for the process of the clients. */
export const clientOrders = z.object({
  /** the VIP */
  host: z.string(),
  http: z.object({ websockets: z.number(), rate: z.number() }).exactOptional(),
  tls: z.object({ port: z.number(), servername: z.string(), connections: z.number() }).exactOptional(),
});
export type ClientOrders = z.infer<typeof clientOrders>;
