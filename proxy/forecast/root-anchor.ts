/**
 * IANA's keys of the root zone, as DS records (RFC 7958), of 2017 (20326) and 2024 (38696).
 *
 * They are not followed when they roll over: an unwatched program that changes its own trust is
 * worse than one that says it cannot tell, which is what happens then (the canary). 20326 signs
 * until October 2026 and is kept for those who come to it late; look again 2027-06 at
 * https://data.iana.org/root-anchors/root-anchors.xml, or name a newer file with --root-anchor.
 */
export const IANA_ROOT_KEYS = [
  {
    keyTag: 20326,
    digest: 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
  },
  {
    keyTag: 38696,
    digest: '683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16',
  },
] as const;

/** RSA/SHA-256 (RFC 5702), and a digest of SHA-256 (RFC 4509). */
const ALGORITHM = 8;
const DIGEST_TYPE = 2;

/** As in a zone file, which is how `unbound-host -f` reads it. */
export const ROOT_ANCHOR_RECORDS = IANA_ROOT_KEYS.map(
  ({ keyTag, digest }) => `. IN DS ${keyTag} ${ALGORITHM} ${DIGEST_TYPE} ${digest}\n`,
).join('');
