import type { ApiVersion } from '../../domain/api-version.ts';
import { type CertificateName, certificateName } from '../../domain/certificates/certificate-name.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import {
  deleteCertificate,
  readCertificate,
  storeCertificate,
} from '../../operations/certificates/certificates.ts';
import { md5Answer } from '../../schemas/answers.ts';
import { ok, stored } from '../replies/replies.ts';
import type { ApiRequest } from '../requests/api-request.ts';
import { CERTIFICATE_BODY } from './bodies.ts';
import { type Route, route } from './route.ts';
import { haproxyOwner } from './services.ts';

/** The routes for the certificates that haproxy serves. */
export const CERTIFICATE_ROUTES: readonly Route[] = [
  ...certificateRoutes('1.0', '/loadbalancer/:id/certificates/:name'),
  ...certificateRoutes('0.5', '/listeners/:id/certificates/:name'),
];

function certificateRoutes(version: ApiVersion, path: string): Route[] {
  return [
    route(
      [version],
      'PUT',
      path,
      { summary: 'Store a certificate', body: CERTIFICATE_BODY, etag: true },
      async (context, request) => {
        const { etag } = await storeCertificate(context, certificateOf(request), request.body);
        return stored(200, etag);
      },
    ),
    route(
      [version],
      'GET',
      path,
      { summary: 'The md5 of a certificate', answer: md5Answer, etag: true, failures: [404] },
      async (context, request) => {
        const { etag } = await readCertificate(context, certificateOf(request));
        return { status: 200, body: { md5sum: etag }, etag };
      },
    ),
    route(
      [version],
      'DELETE',
      path,
      { summary: 'Remove a certificate, if it exists' },
      async (context, request) => {
        await deleteCertificate(context, certificateOf(request));
        return ok(200);
      },
    ),
  ];
}

function certificateOf(request: ApiRequest): { id: HaproxyId; name: CertificateName } {
  return { id: haproxyOwner(request), name: certificateName(request.parameter('name')) };
}
