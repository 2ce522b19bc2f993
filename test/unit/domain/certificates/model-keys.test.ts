import { describe, expect, it } from 'vitest';
import { withInstalledKeys, withoutKeys } from '../../../../src/domain/certificates/model-keys.ts';

const pem = (label: string, content: string): string =>
  `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----`;
const CERTIFICATE = pem('CERTIFICATE', 'AAAA\nBBBB');
const KEY = pem('PRIVATE KEY', 'secret');
const modelWith = (container: unknown): unknown => ({
  listeners: [
    { default_tls_container_data: container, sni_container_data: [container] },
    { l7policies: [{ redirect_pool: { tls_container_data: container } }] },
  ],
  pools: [{ tls_container_data: container }],
});

describe('a model without its keys', () => {
  it('is otherwise unchanged', () => {
    const rest = { id: 'a', certificate: CERTIFICATE, intermediates: [CERTIFICATE], primary_cn: null };
    const model = modelWith({ ...rest, private_key: KEY, passphrase: 'secret' });
    expect(withoutKeys(model)).toEqual(modelWith(rest));
  });

  it('has no key in any other field', () => {
    const model = {
      name: `a ${KEY} b`,
      listeners: [{ sni: [`${CERTIFICATE}\n${KEY}`], unknown: KEY.slice(0, 30) }],
    };
    const kept = withoutKeys(model);
    expect(kept).toEqual({ name: 'a  b', listeners: [{ sni: [`${CERTIFICATE}\n`], unknown: '' }] });
  });

  it.each([null, true, 1.5, 'text', [], {}])('may be %j', (model) => {
    expect(withoutKeys(model)).toEqual(model);
    expect(withInstalledKeys(model, [])).toEqual(model);
  });
});

describe('a certificate without a key', () => {
  it('gets its installed key in every place without one', () => {
    const installed = [pem('CERTIFICATE', 'CCCC'), CERTIFICATE, `${CERTIFICATE}\n${KEY}\n`, CERTIFICATE];
    for (const private_key of [undefined, null]) {
      const asked = { certificate: CERTIFICATE.replaceAll('\n', '\r\n'), private_key };
      expect(withInstalledKeys(modelWith(asked), installed)).toEqual(
        modelWith({ ...asked, private_key: KEY, passphrase: null }),
      );
    }
  });

  it('gets its installed key also if its chain stands before it', () => {
    const asked = { certificate: `${pem('CERTIFICATE', 'CCCC')}\n${CERTIFICATE}` };
    expect(withInstalledKeys(modelWith(asked), [`${CERTIFICATE}\n${KEY}`])).toEqual(
      modelWith({ ...asked, private_key: KEY, passphrase: null }),
    );
  });

  it('stays without a key if another certificate is installed, as does one of an authority', () => {
    const asked = modelWith({ certificate: CERTIFICATE });
    expect(withInstalledKeys(asked, [`${pem('CERTIFICATE', 'CCCC')}\n${KEY}`])).toEqual(asked);
    const authority = { client_ca_tls_container_data: { certificate: CERTIFICATE } };
    expect(withInstalledKeys(authority, [`${CERTIFICATE}\n${KEY}`])).toEqual(authority);
  });

  it('with a key keeps that key', () => {
    const asked = modelWith({ certificate: CERTIFICATE, private_key: 'own' });
    expect(withInstalledKeys(asked, [`${CERTIFICATE}\n${KEY}`])).toEqual(asked);
  });
});
