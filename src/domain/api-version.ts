/**
 * The versions of the agent API: 0.5 until Rocky (a haproxy per listener), 1.0 since Stein (a haproxy per load balancer).
 */
export type ApiVersion = '0.5' | '1.0';
