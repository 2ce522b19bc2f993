/** Certificates without keys, and what haproxy 2.6.12 and 3.0.11 answer about them: the same, byte for byte. */

/** subject `/CN=b.example.org/O=Ac, me`, issued by `CA` */
export const LEAF = `-----BEGIN CERTIFICATE-----
MIIBLzCB1wIUKouKHMTDOL2eOLqedImmSGVDdVowCgYIKoZIzj0EAwIwDTELMAkG
A1UEAwwCY2EwHhcNMjYxMTI4MjAxODAzWhcNMjYxMjI4MjAxODAzWjApMRYwFAYD
VQQDDA1iLmV4YW1wbGUub3JnMQ8wDQYDVQQKDAZBYywgbWUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAS+hTzFS4W5aAgB9I/CwJ9/DwABKdETZu87kGeWASWNPYR+
7dmmVABuwQb7/DbGZLXWoO6acg1rUsH7DPbhmDh9MAoGCCqGSM49BAMCA0cAMEQC
ICvk29GlUdo0o7HMv08t8K8MSOnBaWe2wwb7p2fxA92eAiB6rcUbGVHAZU4D0+9+
FRyoW0nD7h1tsOq6fh8EWsnn0g==
-----END CERTIFICATE-----
`;
/** subject and issuer `/CN=ca` */
export const CA = `-----BEGIN CERTIFICATE-----
MIIBbjCCARWgAwIBAgIULkjs+hDjDMnMknVZ8jsPO3R1jQQwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwHhcNMjYxMTI4MjAxODAzWhcNMjYxMjI4MjAxODAzWjAN
MQswCQYDVQQDDAJjYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFN59nM8wjxa
P4EgKiV9TtreQVwnZdRD3wElhcUIlXBCoaqHd4flEb1z9S6GU/TQCrsn5iXfzH0g
dcO1eH18pyKjUzBRMB0GA1UdDgQWBBSQ3wUOh9NmiEgk8jDqsLGXCi5SazAfBgNV
HSMEGDAWgBSQ3wUOh9NmiEgk8jDqsLGXCi5SazAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0cAMEQCICHiiat73jBq1tk6xZVSdJ3l26/x4FBFu+8GTzth5i8J
AiBIvvFdQI/5KCBPGfGMS5FgzY4K+FmzgwHrwfa6KjBc2w==
-----END CERTIFICATE-----
`;
/** subject and issuer `/CN=ca2` */
export const OTHER_CA = `-----BEGIN CERTIFICATE-----
MIIBcDCCARegAwIBAgIUWDKROehHrE7hrpTy1VoNIcRGNwQwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDY2EyMB4XDTI2MTEyODIwMTgwM1oXDTI2MTIyODIwMTgwM1ow
DjEMMAoGA1UEAwwDY2EyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqpL9eYFM
STzFOkqs2lLJ5ggmHZA4DtpDFCvjZIeVrrCDan3wCqzAPO9IM2Of19ZtZ8gIkgjY
z3J0CMFE3DG6haNTMFEwHQYDVR0OBBYEFArILYQWQMaO7gk07k2pu4Knv/OcMB8G
A1UdIwQYMBaAFArILYQWQMaO7gk07k2pu4Knv/OcMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDRwAwRAIgSCjrQRJnWc/3GmZq3F1xMI+htB1Auv5fxYd9tTT4
QW4CID6WN40YhOBUgx0yqV8NybiW+apXr3LnA6HdGXq66bYO
-----END CERTIFICATE-----
`;
/** revokes serial number 01 */
export const REVOCATIONS = `-----BEGIN X509 CRL-----
MIGnME8wCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EXDTI2MTEyODIwMTgwM1oX
DTI2MTIyODIwMTgwM1owFDASAgEBFw0yNTAxMDEwMDAwMDBaMAoGCCqGSM49BAMC
A0gAMEUCIQCJ4D8jI45eE4CMdMgq9n7wp0bedto3i2pY6IbPqHWn2AIgA53w74EH
k2/vkJ7JER0CzARr3Uj2/AoqskXATslnuAU=
-----END X509 CRL-----
`;
/** revokes nothing */
export const NO_REVOCATIONS = `-----BEGIN X509 CRL-----
MIGQMDkwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EXDTI2MTEyODIwMTgwM1oX
DTI2MTIyODIwMTgwM1owCgYIKoZIzj0EAwIDRwAwRAIgCXY1ws7XBAwR3lNtgw6K
pfZ2W+wMU+pt64G70S5UHawCIFKYCZG51CKNMKN+yjw9m+a9CVLX/vltD7xsZAQR
H0tX
-----END X509 CRL-----
`;

/** `show ssl cert` for a file with LEAF, its key and CA */
export const SHOWN_CERTIFICATE = `Filename: /certs/b.pem
Status: Used
Serial: 2A8B8A1CC4C338BD9E38BA9E7489A6486543755A
notBefore: Nov 28 20:18:03 2026 GMT
notAfter: Dec 28 20:18:03 2026 GMT
Subject Alternative Name: 
Algorithm: EC256
SHA1 FingerPrint: C2FE7B2030B329957942D0EEC31141FE93A18BEC
Subject: /CN=b.example.org/O=Ac, me
Issuer: /CN=ca
Chain Subject: /CN=ca
Chain Issuer: /CN=ca
OCSP Response Key: `;

/** `show ssl ca-file` for a file with CA and OTHER_CA; lines with one blank stand before each certificate */
export const SHOWN_AUTHORITIES = `Filename: /certs/cas.pem
Status: Used
 
Certificate #1:
Serial: 2E48ECFA10E30CC9CC927559F23B0F3B74758D04
notBefore: Nov 28 20:18:03 2026 GMT
notAfter: Dec 28 20:18:03 2026 GMT
Subject Alternative Name: 
Algorithm: EC256
SHA1 FingerPrint: 05C4255406083E609C47655B0CC0781EFCA76362
Subject: /CN=ca
Issuer: /CN=ca
 
Certificate #2:
Serial: 58329139E847AC4EE1AE94F2D55A0D21C4463704
notBefore: Nov 28 20:18:03 2026 GMT
notAfter: Dec 28 20:18:03 2026 GMT
Subject Alternative Name: 
Algorithm: EC256
SHA1 FingerPrint: 6D1C7A3301E57E15BCAC61B213874CF2826AA921
Subject: /CN=ca2
Issuer: /CN=ca2`;

const SHOWN_DATES = `Certificate Revocation List #1:
Version 1
Signature Algorithm: ecdsa-with-SHA256
Issuer: /CN=ca
Last Update: Nov 28 20:18:03 2026 GMT
Next Update: Dec 28 20:18:03 2026 GMT`;

/** `show ssl crl-file` for REVOCATIONS */
export const SHOWN_REVOCATIONS = `Filename: /certs/crl.pem
Status: Used
 
${SHOWN_DATES}
Revoked Certificates:
    Serial Number: 01
        Revocation Date: Jan  1 00:00:00 2025 GMT`;
/** `show ssl crl-file` for NO_REVOCATIONS */
export const SHOWN_NO_REVOCATIONS = `Filename: /certs/crl.pem
Status: Used
 
${SHOWN_DATES}
No Revoked Certificates.`;

/** `show ssl crt-list -n` for four lines; the options have a byte of value 0 in both versions */
export const SHOWN_LIST = `# /certs/list.txt
/certs/a.pem:2
/certs/b.pem:3 [alpn h2\0 ssl-min-ver TLSv1.2] b.example.org *.b.example.org !x.b.example.org
/certs/c.pem:5 c.example.org
/certs/n.pem:6`;
