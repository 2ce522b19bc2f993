import { ipVersion, versionsAmong } from '../../../domain/network/addresses.ts';
import type { ListenerModel } from '../listener.ts';
import type { LoadBalancerModel } from '../load-balancer.ts';
import { vipAddresses } from './lvs-checks.ts';
import { checkVersions, type Fault, type Path, requireReferred } from './tls-effects.ts';

/** The fields for client certificates. */
const CLIENT_FIELDS = ['client_ca_tls_container_data', 'client_crl_container_data'] as const;

/** Refuses settings of a listener that would have no effect, because of its protocol or because another field is missing. */
export function checkListenerEffects(
  model: LoadBalancerModel,
  listener: ListenerModel,
  place: Path,
  fault: Fault,
): void {
  const at: Fault = (path, message) => fault([...place, ...path], message);
  checkHeaders(listener, at);
  checkTls(listener, at);
  checkContainers(listener, at);
  checkHsts(listener, at);
  checkCertificateRules(listener, at);
  const versions = versionsAmong(vipAddresses(model));
  listener.allowed_cidrs.forEach((cidr, index) => {
    const version = ipVersion(cidr);
    if (!versions.includes(version)) at(['allowed_cidrs', index], `no VIP is IPv${version}`);
  });
}

function checkHeaders({ protocol, insert_headers }: ListenerModel, fault: Fault): void {
  for (const header of insert_headers) {
    if (protocol !== 'HTTP' && protocol !== 'TERMINATED_HTTPS')
      fault(['insert_headers', header], `not for a ${protocol} listener`);
    else if (protocol === 'HTTP' && header.startsWith('X-SSL-'))
      fault(['insert_headers', header], 'only for a TERMINATED_HTTPS listener');
  }
}

const mayTerminate = ({ protocol }: ListenerModel): boolean =>
  protocol === 'TERMINATED_HTTPS' || protocol === 'PROMETHEUS';

function checkTls(listener: ListenerModel, fault: Fault): void {
  const { protocol, sni_container_data, client_authentication } = listener;
  if (protocol === 'PROMETHEUS' && listener.default_tls_container_data === undefined) {
    if (sni_container_data.length > 0)
      fault(
        ['default_tls_container_data'],
        'required, because the listener uses TLS only with a default certificate',
      );
    if (client_authentication !== 'NONE') fault(['client_authentication'], 'the listener does not use TLS');
  }
  if (mayTerminate(listener)) {
    if (
      listener.client_crl_container_data !== undefined &&
      listener.client_ca_tls_container_data === undefined
    )
      fault(['client_ca_tls_container_data'], 'required for client_crl_container_data');
    checkVersions(listener, fault);
    return;
  }
  const wrong = `not for a ${protocol} listener`;
  if (client_authentication !== 'NONE') fault(['client_authentication'], wrong);
  if (sni_container_data.length > 0) fault(['sni_container_data'], wrong);
  for (const field of ['default_tls_container_data', ...CLIENT_FIELDS] as const) {
    if (listener[field] !== undefined) fault([field], wrong);
  }
}

/** A reference only names a certificate for the API. haproxy needs the certificate itself, so both must be present. */
function checkContainers(listener: ListenerModel, fault: Fault): void {
  const { sni_container_refs, sni_container_data } = listener;
  requireReferred(
    listener,
    ['default_tls_container', 'client_ca_tls_container', 'client_crl_container'],
    fault,
  );
  if (sni_container_data.length < sni_container_refs.length) {
    const count = `${sni_container_data.length} for ${sni_container_refs.length} of sni_container_refs`;
    fault(['sni_container_data'], count);
  }
}

function checkHsts(listener: ListenerModel, fault: Fault): void {
  const { protocol, hsts_max_age, hsts_include_subdomains, hsts_preload } = listener;
  if (hsts_max_age === undefined && (hsts_include_subdomains || hsts_preload))
    fault(['hsts_max_age'], 'required for hsts_include_subdomains and hsts_preload');
  if (hsts_max_age !== undefined && protocol !== 'TERMINATED_HTTPS')
    fault(['hsts_max_age'], `not for a ${protocol} listener`);
}

/** Refuses rules about the client's certificate when the listener requests no certificate. */
function checkCertificateRules(listener: ListenerModel, fault: Fault): void {
  const requestsCertificate =
    listener.protocol === 'TERMINATED_HTTPS' && listener.client_authentication !== 'NONE';
  if (requestsCertificate) return;
  listener.l7policies.forEach(({ rules }, policy) => {
    rules.forEach(({ type }, rule) => {
      if (!type.startsWith('SSL_')) return;
      fault(
        ['l7policies', policy, 'rules', rule, 'type'],
        'this listener does not request client certificates',
      );
    });
  });
}
