import type { TlsRequirement } from '../../shared/submission/requirement.ts';
import type { ProxyProcess } from '../proxy-process.ts';
import { eventually } from './eventually.ts';
import { Message } from './message.ts';
import type { HowToStart, PairedProxies } from './paired-proxies.ts';
import { scriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';

/** A message as it came out of the proxy. */
export type Arrived = {
  /** What it asks of every server to come (RFC 8689 §2, §3). */
  readonly requirement: TlsRequirement;
  readonly message: Message;
};

/** A submission server that takes everything and keeps it, behind a proxy that is paired. */
export type RecordingUpstream = AsyncDisposable & {
  /** Where the proxy listens. */
  readonly port: number;
  readonly proxy: ProxyProcess;
  arrived(): readonly Arrived[];
  /** What each message asks that arrived, once there are as many. */
  requirements(messages?: number): Promise<readonly TlsRequirement[]>;
};

export async function startRecordingUpstream(
  proxies: PairedProxies,
  { flags = [], inside = [] }: HowToStart = {},
): Promise<RecordingUpstream> {
  const upstream = await scriptedUpstream();
  const proxy = await proxies.before(upstream, flags, inside);
  const arrived = () => arrivedAt(upstream);
  return {
    port: proxy.port,
    proxy,
    arrived,
    async requirements(messages = 1) {
      await eventually('the message at the server', async () => arrived().length >= messages);
      return arrived().map(({ requirement }) => requirement);
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

function arrivedAt(upstream: ScriptedUpstream): readonly Arrived[] {
  const mailCommands = upstream.commands().filter((command) => /^MAIL /i.test(command));
  return upstream.accepted().map((text, at) => {
    const message = new Message(text);
    return { requirement: requirementOf(mailCommands[at] ?? '', message), message };
  });
}

/** @throws Error when a marker is left, which only the proxy may read */
function requirementOf(mailCommand: string, message: Message): TlsRequirement {
  if (message.field('X-TLS-Required').length > 0) throw new Error('The marker left the proxy');
  if (/ REQUIRETLS( |$)/.test(mailCommand)) return 'required';
  return message.field('TLS-Required').length > 0 ? 'optional' : 'default';
}
