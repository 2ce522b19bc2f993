/**
 * Fields of distinguished names: OpenSSL's short name, by which haproxy finds the field, and its long name (X.520, RFC 4519,
 * RFC 4524; `openssl list -objects`).
 */
const FIELDS: readonly (readonly [short: string, long: string])[] = [
  ['CN', 'commonName'],
  ['C', 'countryName'],
  ['ST', 'stateOrProvinceName'],
  ['L', 'localityName'],
  ['O', 'organizationName'],
  ['OU', 'organizationalUnitName'],
  ['emailAddress', 'emailAddress'],
  ['DC', 'domainComponent'],
  ['UID', 'userId'],
  ['SN', 'surname'],
  ['GN', 'givenName'],
  ['initials', 'initials'],
  ['generationQualifier', 'generationQualifier'],
  ['dnQualifier', 'dnQualifier'],
  ['pseudonym', 'pseudonym'],
  ['title', 'title'],
  ['name', 'name'],
  ['serialNumber', 'serialNumber'],
  ['street', 'streetAddress'],
  ['postalCode', 'postalCode'],
  ['postalAddress', 'postalAddress'],
  ['postOfficeBox', 'postOfficeBox'],
  ['telephoneNumber', 'telephoneNumber'],
  ['description', 'description'],
  ['role', 'role'],
  ['businessCategory', 'businessCategory'],
  ['organizationIdentifier', 'organizationIdentifier'],
  ['jurisdictionC', 'jurisdictionCountryName'],
  ['jurisdictionST', 'jurisdictionStateOrProvinceName'],
  ['jurisdictionL', 'jurisdictionLocalityName'],
  ['unstructuredName', 'unstructuredName'],
  ['unstructuredAddress', 'unstructuredAddress'],
  ['x500UniqueIdentifier', 'x500UniqueIdentifier'],
];

const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  FIELDS.flatMap(([short, long]) => [long, short].map((name) => [name.toLowerCase(), short])),
);

/** Returns OpenSSL's short name of a field of distinguished names. @param name the short or long name, in any case */
export const shortFieldName = (name: string): string | undefined => SHORT_NAMES.get(name.toLowerCase());
