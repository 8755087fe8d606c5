import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootRecipe } from '../servers/debian-root.ts';
import { freePort } from '../servers/loopback.ts';
import { CA_FILE } from '../servers/server-certificate.ts';
import { startServer, type Ports, type ServerSoftware } from '../servers/submission-server.ts';
import type { Entrant } from './contenders.ts';

/** Debian 12's nginx with the modules that are not in its binary. */
export const NGINX_ROOT: RootRecipe = {
  name: 'nginx-1.22',
  suite: 'bookworm',
  packages: ['nginx-light', 'libnginx-mod-mail', 'libnginx-mod-stream'],
};

const UPSTREAM_CA_FILE = 'upstream-ca.pem';

const START_SCRIPT = `
mkdir -p /var/lib/nginx /srv/tmp
exec nginx -c /srv/nginx.conf
`;

/**
 * nginx's mail proxy, with a TLS stream of its own behind it, since it speaks to submission
 * servers in clear only. So it cannot do STARTTLS, and knows no message: it passes octets on
 * once somebody has logged in. It verifies the server's certificate.
 */
export const nginxProxy: Entrant = async ({ port, tls }, certificateFolder) => {
  if (tls !== 'implicit') return undefined;
  const ca = await readFile(join(certificateFolder, CA_FILE), 'utf8');
  const own = { login: await freePort(), stream: await freePort() };
  const software: ServerSoftware = {
    root: NGINX_ROOT,
    version: /ESMTP (\S+)/,
    files: (ports) => ({ 'nginx.conf': nginxConf(ports, own, port), [UPSTREAM_CA_FILE]: ca }),
    startScript: START_SCRIPT,
    logFile: 'error.log',
    commandIn: () => undefined,
    queueFolders: [],
  };
  const server = await startServer(software);
  const way = { port: server.starttlsPort, tls: 'none', login: true, ca: '' } as const;
  return {
    contender: { name: 'nginx', way },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

/** Whom it should ask where a login belongs, it answers itself: always to the same server. */
function nginxConf(
  { starttls }: Ports,
  own: { readonly login: number; readonly stream: number },
  upstreamPort: number,
): string {
  return `
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
user root;
worker_processes 1;
pid /srv/nginx.pid;
error_log /srv/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path /srv/tmp;
  server {
    listen 127.0.0.1:${own.login};
    location / {
      add_header Auth-Status OK;
      add_header Auth-Server 127.0.0.1;
      add_header Auth-Port ${own.stream};
      return 204;
    }
  }
}
mail {
  server_name proxy.test;
  auth_http 127.0.0.1:${own.login}/;
  server {
    listen 127.0.0.1:${starttls};
    protocol smtp;
    smtp_auth plain login;
    smtp_capabilities PIPELINING 8BITMIME;
    xclient off;
    proxy_smtp_auth on;
  }
}
stream {
  server {
    listen 127.0.0.1:${own.stream};
    proxy_pass 127.0.0.1:${upstreamPort};
    proxy_ssl on;
    proxy_ssl_verify on;
    proxy_ssl_name localhost;
    proxy_ssl_trusted_certificate /srv/${UPSTREAM_CA_FILE};
  }
}
`;
}
