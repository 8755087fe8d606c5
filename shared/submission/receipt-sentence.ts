import type { Receipt } from './receipt.ts';

/** So many domains are named; more would hide the rest. */
const NAMED_DOMAINS = 3;

/** A receipt as one plain sentence for people. */
export function receiptSentence(receipt: Receipt): string {
  return `${receipt.sender || 'An empty sender'} to ${recipientsInWords(receipt)}: ${outcomeInWords(receipt)}`;
}

function recipientsInWords({ recipients, domains }: Receipt): string {
  const named = domains.slice(0, NAMED_DOMAINS);
  const others = domains.length - named.length;
  const where = [...named, ...(others > 0 ? ['others'] : [])].join(', ');
  if (where === '') return recipients === 1 ? 'one recipient' : `${recipients} recipients`;
  return recipients === 1 ? where : `${recipients} recipients at ${where}`;
}

function outcomeInWords(receipt: Receipt): string {
  const { server, outcome, reply } = receipt;
  switch (outcome) {
    case 'relayed':
      return `sent${howInWords(receipt)}, and ${server} took it${reply?.text ? ` (${reply.text})` : ''}.`;
    case 'refused':
      return `not sent. ${ended(reply?.text || `${server} refused it`)}`;
    case 'unknown':
      return `may have been sent${howInWords(receipt)}. ${server} had all of it, and its answer did not come. Check before you send it again.`;
    case 'awaited':
      return `being sent${howInWords(receipt)}. ${server} has all of it or is about to, and has not answered yet.`;
  }
}

function howInWords({ tls, adding }: Receipt): string {
  const over = tls === undefined ? '' : ` over ${tls.version.replace('TLSv', 'TLS ')}`;
  const added = adding === undefined || adding === 'nothing' ? '' : ` with ${adding}`;
  return over + added;
}

function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
