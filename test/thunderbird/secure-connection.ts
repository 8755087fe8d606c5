import { readFile } from 'node:fs/promises';
import { serverKey } from './profile.ts';
import type { Thunderbird } from './thunderbird.ts';

/** Connection security, as `nsMsgSocketType` counts it. */
const NONE = 0;
const SSL_TLS = 3;

/**
 * Takes an authority in, as a person does under Certificates, and sets the first identity's
 * outgoing server to SSL/TLS, until it is put right again.
 *
 * @param caFile PEM
 */
export async function connectSecurely(
  { mainWindow }: Thunderbird,
  caFile: string,
): Promise<AsyncDisposable> {
  const authority = (await readFile(caFile, 'utf8')).replaceAll(/-----[^-]*-----|\s/g, '');
  const set = async (socketType: number) =>
    mainWindow.run(
      ({ MailServices }, key, type) => {
        const server = MailServices.outgoingServer.getServerByKey(key).wrappedJSObject;
        server.closeCachedConnections();
        server.socketType = type;
      },
      serverKey(0),
      socketType,
    );
  await mainWindow.run(({ Cc, Ci }, base64) => {
    const store = Cc['@mozilla.org/security/x509certdb;1']?.getService(Ci.nsIX509CertDB);
    if (store === undefined) throw new Error('Thunderbird has no certificates');
    store.addCertFromBase64(base64, 'CT,,'); // believed for servers
  }, authority);
  await set(SSL_TLS);
  return { [Symbol.asyncDispose]: async () => set(NONE) };
}
