import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import { beforeAbort } from './before-abort.ts';
import { answerAt, type DnsMessage, queryOctets, type Question } from './dns-message.ts';
import { DnsStream } from './dns-stream.ts';
import type { NameServerAddress } from './resolver-address.ts';

/** One question is asked and the connection closed; this is only for a fault of ours. */
const TCP_IDLE_MS = 1000;

/**
 * Asks a name server over UDP, and over TCP when the answer did not fit (RFC 7766 §5).
 *
 * @throws Error; the signal's reason when it is late
 */
export async function askPlain(
  server: NameServerAddress,
  question: Question,
  signal: AbortSignal,
): Promise<DnsMessage> {
  const answer = await askOverUdp(server, question, signal);
  return answer.isTruncated ? await askOverTcp(server, question, signal) : answer;
}

/**
 * Each question leaves from a fresh port with an id that nobody can guess (RFC 5452 §9.2), and
 * what comes from elsewhere, or answers something else, is ignored for as long as we wait: to end
 * the wait would let anybody suppress the true answer.
 */
async function askOverUdp(
  { address, port }: NameServerAddress,
  question: Question,
  signal: AbortSignal,
): Promise<DnsMessage> {
  const id = randomInt(0x10000);
  const query = queryOctets(question, id, false);
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  try {
    return await beforeAbort<DnsMessage>(signal, (resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (octets, from) => {
        // The socket is connected, which the system enforces; but not for what came before it was.
        if (from.port !== port) return;
        try {
          const message = answerAt(octets, question, id);
          if (message !== undefined) resolve(message);
        } catch (error) {
          reject(error);
        }
      });
      // A callback would get the fault of a network without a way there, instead of 'error'; and
      // what is thrown in one would end the program.
      socket.once('connect', () => {
        try {
          socket.send(query);
        } catch (error) {
          reject(error);
        }
      });
      socket.connect(port, address);
    });
  } finally {
    socket.close();
  }
}

async function askOverTcp(
  { address, port }: NameServerAddress,
  question: Question,
  signal: AbortSignal,
): Promise<DnsMessage> {
  const socket = net.connect({ host: address, port, noDelay: true });
  const stream = new DnsStream(socket, { isPadded: false, idleMs: TCP_IDLE_MS });
  try {
    return await stream.ask(question, signal);
  } finally {
    stream.close();
  }
}
