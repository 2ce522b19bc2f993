import { CAPTURE_BYTES, CAPTURE_SECONDS, LONGEST_FILTER } from '../../domain/capture/capture-limits.ts';
import { type QueryParameter, type Route, route } from './route.ts';

const integer = ({ least, most, byDefault }: typeof CAPTURE_SECONDS | typeof CAPTURE_BYTES) => ({
  type: 'integer',
  minimum: least,
  maximum: most,
  default: byDefault,
});

const QUERY: readonly QueryParameter[] = [
  {
    name: 'interface',
    description: 'name of an interface in the namespace of the load balancers, or else of the amphora',
    isRequired: true,
    schema: { type: 'string', maxLength: 15 },
  },
  {
    name: 'filter',
    description: 'the packets to capture, in the syntax of pcap-filter; default: all',
    schema: { type: 'string', maxLength: LONGEST_FILTER, default: '' },
  },
  { name: 'seconds', description: 'the longest time', schema: integer(CAPTURE_SECONDS) },
  { name: 'bytes', description: 'the largest file', schema: integer(CAPTURE_BYTES) },
  {
    name: 'payload',
    description: 'true: whole packets; otherwise their headers alone',
    schema: { type: 'string', enum: ['true', 'false'], default: 'false' },
  },
];

/** The route of a capture. Its code is loaded at the first request. */
export const CAPTURE_ROUTES: readonly Route[] = [
  route(
    'none',
    'GET',
    '/capture',
    {
      summary: 'Packets of an interface, as a pcap file that is sent while they are captured',
      query: QUERY,
      answer: 'packets',
      failures: [429, 501],
    },
    async (context, request) => {
      const [{ parseCaptureQuery }, { captureReply }] = await Promise.all([
        import('../../schemas/capture-query.ts'),
        import('../replies/capture-reply.ts'),
      ]);
      const settings = parseCaptureQuery({
        interface: request.query('interface'),
        filter: request.query('filter'),
        seconds: request.query('seconds'),
        bytes: request.query('bytes'),
        payload: request.query('payload'),
      });
      return captureReply(context, settings, request.connection);
    },
  ),
];
