/**
 * Signs the zones in `/srv/zones`, children first, since each leaves its DS records for its
 * parent. Each has one key; the DS of the root goes to `/srv/root.ds`.
 *
 * `bogus.example` is signed in order, but its parent has the DS of another key. The signatures of
 * `expired.example` were in order until yesterday. `unsigned.example` and `child.optout.example`
 * have no DS: the one is proved absent by NSEC, the other hides in an NSEC3 opt-out.
 */
export const SIGN_ZONES = `
cd /srv/zones

sign() {
  zone=$1; shift
  dnssec-keygen -q -a ECDSAP256SHA256 -f KSK "$zone." >/dev/null
  dnssec-signzone -q -z -S -d . -K . -o "$zone." -f "$zone.signed" "$@" "$zone." >/dev/null
}

sign signed.example
sign bogus.example
sign expired.example -s now-10d -e now-1d -P # which would find them wrong
sign optout.example -3 - -A -H 0
cp unsigned.example. unsigned.example.signed
cp child.optout.example. child.optout.example.signed

mkdir other
dnssec-keygen -q -K other -a ECDSAP256SHA256 -f KSK bogus.example. >/dev/null
dnssec-dsfromkey -2 other/K*.key >dsset-bogus.example.
cat dsset-*.example. >>example.

sign example
cat dsset-example. >>root.
dnssec-keygen -q -a ECDSAP256SHA256 -f KSK . >/dev/null
dnssec-signzone -q -z -S -d . -K . -o . -f root.signed root. >/dev/null
cp dsset-. /srv/root.ds
chmod 644 /srv/root.ds
`;
