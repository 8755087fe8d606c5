import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDohServer } from './doh-server.ts';
import { type Lies, type LyingResolver, lyingResolver } from './lying-resolver.ts';
import { MAIL_HOST_NAMES, mailHostRecords } from './mail-host-records.ts';
import { type MailServers, startMailServers } from './mail-servers.ts';
import { type NameServers, startNameServers } from './name-servers.ts';
import { type PolicyHosts, startPolicyHosts } from './policy-hosts.ts';
import { signedDomains } from './signed-domains.ts';
import { OWN_SERVER, UNSIGNED_DOMAINS } from './unsigned-domains.ts';
import { publicKeyDigest, worldCertificates } from './world-certificates.ts';
import { masterFiles } from './zones.ts';

/** A small Internet on loopback, with names, policies and mail servers of every kind. */
export type ForecastWorld = NameServers & {
  /** The validating resolver over HTTPS, HTTP/1.1 or HTTP/2. */
  readonly doh: string;
  /** The same, with a certificate of another name. */
  readonly impostor: string;
  /** The authority that policy hosts, resolvers and trusted mail servers have theirs from. */
  readonly caFile: string;
  /** All policy hosts have the same port, and so have all mail servers. */
  readonly policyPort: number;
  readonly mxPort: number;
  readonly policyHosts: PolicyHosts;
  readonly mailServers: MailServers;
  /** Names of all domains that there are. */
  readonly domains: readonly string[];
  /** Words of the command line without which the command finds none of it. */
  options(resolver?: string): readonly string[];
  /** A resolver that does something to the answers of `honest`, the validating one; it ends with the world. */
  lying(lies?: Lies, honest?: string): Promise<LyingResolver>;
};

/** Builds the world, with ports and a folder of its own: several may exist at once. Takes a few seconds. */
export async function forecastWorld(): Promise<ForecastWorld> {
  const outside = await mkdtemp(join(tmpdir(), 'requiretls-world-'));
  const ends: (() => Promise<void>)[] = [() => rm(outside, { recursive: true, force: true })];
  const stop = async () => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
  };
  const started = <Part extends AsyncDisposable>(part: Part): Part => {
    ends.push(async () => part[Symbol.asyncDispose]());
    return part;
  };
  try {
    return { ...(await build(outside, started)), [Symbol.asyncDispose]: stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

type Started = <Part extends AsyncDisposable>(part: Part) => Part;

async function build(
  outside: string,
  started: Started,
): Promise<Omit<ForecastWorld, typeof Symbol.asyncDispose>> {
  const certificates = await worldCertificates([...MAIL_HOST_NAMES, OWN_SERVER], policyHostNames());
  const selfSigned = publicKeyDigest(certificates.hosts['self-signed'].cert);
  const domains = Object.entries({ ...signedDomains(selfSigned), ...UNSIGNED_DOMAINS });
  const records = domains.map(([name, domain]) => [name, domain.records] as const);
  const zones = masterFiles(new Map([...records, ...mailHostRecords(certificates)]));
  const policies = domains.flatMap(([name, { policyHost }]) =>
    policyHost === undefined ? [] : [[name, policyHost] as const],
  );

  const folder = join(outside, 'srv');
  await mkdir(folder);
  const caFile = join(outside, 'ca.pem');
  await writeFile(caFile, certificates.authority);
  const names = started(await startNameServers(folder, zones, certificates.localhost));
  const policyHosts = started(await startPolicyHosts(new Map(policies), certificates));
  const mailServers = started(await startMailServers(certificates));
  const doh = started(await startDohServer(names.validating, certificates.localhost));
  const ofAnother = certificates.hosts['other name'];
  const impostor = started(await startDohServer(names.validating, ofAnother));
  return {
    ...names,
    doh: doh.address,
    impostor: impostor.address,
    caFile,
    policyPort: policyHosts.port,
    mxPort: mailServers.port,
    policyHosts,
    mailServers,
    domains: domains.map(([name]) => name),
    options: (resolver = names.validating) => [
      `--resolver=${resolver}`,
      `--root-anchor=${names.rootAnchorFile}`,
      `--ca=${caFile}`,
      `--policy-port=${policyHosts.port}`,
      `--mx-port=${mailServers.port}`,
      '--allow-special-addresses',
    ],
    lying: async (lies = {}, honest = names.validating) =>
      started(await lyingResolver(honest, lies)),
  };
}

/** The name of a policy host for each domain, also for those that have none. */
function policyHostNames(): readonly string[] {
  const domains = [...Object.keys(signedDomains('')), ...Object.keys(UNSIGNED_DOMAINS)];
  return domains.map((domain) => `mta-sts.${domain}`);
}
