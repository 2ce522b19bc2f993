import pem from 'https-pem';
import { describe, expect, it } from 'vitest';
import { readTlsContainer } from '../../../../src/domain/certificates/tls-container.ts';
import { parseLoadBalancerModel } from '../../../../src/schemas/models/parse.ts';
import { parseVrrpModel } from '../../../../src/schemas/models/vrrp.ts';
import type { Case, Decision } from '../../../support/field-decisions/decision.ts';
import { documentWith } from '../../../support/field-decisions/documents.ts';
import { L7_DECISIONS } from '../../../support/field-decisions/l7.ts';
import { listenerDecisions } from '../../../support/field-decisions/listener.ts';
import { LOAD_BALANCER_DECISIONS } from '../../../support/field-decisions/load-balancer.ts';
import { poolDecisions } from '../../../support/field-decisions/pool.ts';
import { schemaFields } from '../../../support/field-decisions/schema-fields.ts';
import { VRRP_DECISIONS } from '../../../support/field-decisions/vrrp.ts';
import { faultsOf } from '../../../support/models/model-faults.ts';

const certificate = pem.cert.toString().trim();
const container = { certificate, private_key: pem.key.toString() };
const installed = readTlsContainer({ ...container, passphrase: undefined, intermediates: [] });
const crl = '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----';
const tls = { container, installed, ca: certificate, crl };

const DECISIONS: readonly Decision[] = [
  ...LOAD_BALANCER_DECISIONS,
  ...listenerDecisions(tls),
  ...poolDecisions(tls),
  ...L7_DECISIONS,
  ...VRRP_DECISIONS,
];

it('every field of the models has a decision about values without an effect', () => {
  const decided = new Set(DECISIONS.map(({ field }) => field));
  expect([...schemaFields()].filter((field) => !decided.has(field))).toEqual([]);
});

const short = (value: unknown): string => JSON.stringify(value ?? null).slice(0, 60);

describe.each(DECISIONS)('$field ($kind)', ({ field, cases }) => {
  const [object = '', name = ''] = field.split('.');

  const documentOf = ({ given, beside }: Case) =>
    documentWith(object, { ...beside, [name]: given }, container, certificate);

  const taken = cases.flatMap((one) => ('value' in one.outcome ? [{ one, value: one.outcome.value }] : []));
  it.each(taken.map((row) => [short(row.one.given), short(row.value), row] as const))(
    'reads %s as %s',
    (_given, _value, { one, value }) => {
      const read = documentOf(one).read(name);
      if (VRRP_DECISIONS.some((decision) => decision.field === field))
        expect(` ${read}`.split(/[\s/]+(?!\d+ )/)).toContain(`${value}`);
      else expect(read).toEqual(value);
    },
  );

  const refused = cases.flatMap((one) => ('fault' in one.outcome ? [{ one, ...one.outcome }] : []));
  it.each(refused.map((row) => [short(row.one.given), row.fault, row] as const))(
    'refuses %s: %s',
    (_given, _fault, { one, fault, at = name }) => {
      const { json, path } = documentOf(one);
      const parse = object === 'vrrp' || path.startsWith('vips') ? parseVrrpModel : parseLoadBalancerModel;
      expect(faultsOf(parse, json)).toContain(`${path}${at}: ${fault}`);
    },
  );
});
