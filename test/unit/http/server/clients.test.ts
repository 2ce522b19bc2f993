import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createClients, LOCAL_CLIENT } from '../../../../src/http/server/clients.ts';

describe('the certificate of a client', () => {
  const clients = createClients(() => {
    throw new Error('no TLS settings are needed');
  });

  it('is unknown for a request that has lost its connection', () => {
    expect(clients.certificateOf(null)).toBeUndefined();
  });

  it('is that of root for a connection without TLS', () => {
    expect(clients.certificateOf(new Socket())).toEqual(LOCAL_CLIENT);
  });
});
