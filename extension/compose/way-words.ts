import browser from 'webextension-polyfill';
import type { Offer } from '../../shared/control/api.ts';
import type { Evidence } from '../../shared/control/route.ts';
import { moment } from '../moment.ts';
import { describeNoAnswer } from '../no-answer.ts';
import type { NoAnswer } from '../sealed-channel.ts';
import type { Way } from './way.ts';
import { describeWhyUnknown } from './why-unknown.ts';

/** A way in words: one line, and what it is concluded from. */
export type WayWords = {
  readonly line: string;
  /** Whether a marked message could be sent. */
  readonly isClear: boolean;
  readonly details: readonly string[];
};

export function describeWay(way: Way): WayWords {
  if (way.kind === 'not asked') {
    const line = browser.i18n.getMessage('routeNotAsked');
    return { line, isClear: false, details: [describeNoAnswer(way.noAnswer)] };
  }
  const { address, found, offer } = way;
  const past =
    found.seen === undefined
      ? []
      : [browser.i18n.getMessage('routeSeen', [moment(found.seen.time), found.seen.server])];
  const { route } = found;
  switch (route.kind) {
    case 'through-proxy': {
      const { line, isClear, more } = describeOffer(offer);
      return { line, isClear, details: [...more, describeEvidence(route.evidence), ...past] };
    }
    case 'elsewhere': {
      const line = browser.i18n.getMessage('routeElsewhere', [address, route.server]);
      const cure = browser.i18n.getMessage('routeElsewhereCure');
      return { line, isClear: false, details: [cure, describeEvidence(route.evidence), ...past] };
    }
    case 'unknown': {
      const line = browser.i18n.getMessage('routeUnknown', address);
      return { line, isClear: false, details: [describeWhyUnknown(route.why), ...past] };
    }
  }
}

function describeOffer(offer: Offer | NoAnswer | undefined): {
  readonly line: string;
  readonly isClear: boolean;
  readonly more: readonly string[];
} {
  if (offer === undefined) {
    return { line: browser.i18n.getMessage('routeThroughChecking'), isClear: true, more: [] };
  }
  if ('no' in offer) {
    const line = browser.i18n.getMessage('routeThroughUnasked');
    return { line, isClear: true, more: [describeNoAnswer(offer)] };
  }
  switch (offer.kind) {
    case 'unproved': {
      const line = browser.i18n.getMessage('routeThroughUnproved', offer.server);
      return { line, isClear: false, more: [offer.reason] };
    }
    case 'proved': {
      const words = [withoutUsualPort(offer.server), offer.tls.replace(/^TLSv/, 'TLS ')];
      return offer.requireTls
        ? { line: browser.i18n.getMessage('routeThroughOffered', words), isClear: true, more: [] }
        : { line: browser.i18n.getMessage('routeThroughLacking', words), isClear: true, more: [] };
    }
  }
}

/** Ports that every submission server has (RFC 8314 §7.3, RFC 6409 §3.1) would break the line. */
function withoutUsualPort(server: string): string {
  return server.replace(/:(?:465|587)$/, '');
}

function describeEvidence(evidence: Evidence): string {
  switch (evidence.by) {
    case 'preferences':
      return browser.i18n.getMessage('routeByPreferences', [
        evidence.profile,
        moment(Date.now() - evidence.ageMs),
      ]);
    case 'probe':
      return browser.i18n.getMessage('routeByProbe', moment(Date.now() - evidence.ageMs));
  }
}
