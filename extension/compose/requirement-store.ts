import {
  isMarkerName,
  MARKER_NAME,
  markerValue,
  parseMarkerValue,
} from '../../shared/submission/marker.ts';
import type { MarkedRequirement, TlsRequirement } from '../../shared/submission/requirement.ts';
import { thunderbird } from '../thunderbird.ts';

type CustomHeaders = readonly messenger.compose.CustomHeader[];

/** What a compose window asks for; `unreadable` asks for something that nobody can tell. */
export type WindowRequirement = TlsRequirement | 'unreadable';

/**
 * Stands in a window whose choice could not be read, until the person chooses again. The proxy
 * refuses it too, so that such a message does not leave even when this extension is switched off.
 */
const UNREADABLE_VALUE = 'unreadable';

/**
 * Reads a requirement from the values of all marker fields of one message or window.
 *
 * No marker is `default`. Two of them, or one that is not exactly right, never are.
 */
export function requirementFrom(values: readonly string[]): WindowRequirement {
  const [value, ...more] = values;
  if (value === undefined) return 'default';
  if (more.length > 0) return 'unreadable';
  return parseMarkerValue(value)?.requirement ?? 'unreadable';
}

/** Reads the requirement that stands in a window's custom headers. */
export function requirementIn(headers: CustomHeaders): WindowRequirement {
  return requirementFrom(
    headers.filter(({ name }) => isMarkerName(name)).map(({ value }) => value),
  );
}

/** The same custom headers with another marker, or with none for `default`. */
export function withMarker(
  headers: CustomHeaders,
  requirement: WindowRequirement,
  id?: string,
): messenger.compose.CustomHeader[] {
  const others = headers.filter(({ name }) => !isMarkerName(name));
  if (requirement === 'default') return others;
  return [...others, { name: MARKER_NAME, value: valueFor(requirement, id) }];
}

function valueFor(requirement: MarkedRequirement | 'unreadable', id: string | undefined): string {
  return requirement === 'unreadable' ? UNREADABLE_VALUE : markerValue({ requirement, id });
}

/**
 * Writes the requirement into a window's custom headers, where drafts and templates keep it.
 *
 * Thunderbird replaces all custom headers at once, so those of other add-ons are read just
 * before and written back. Call it with the window's lock held (`window-lock.ts`).
 */
export async function writeRequirement(
  tabId: number,
  requirement: WindowRequirement,
  reason: 'chosen' | 'restored',
): Promise<void> {
  const before = await thunderbird.compose.getComposeDetails(tabId);
  // A choice is a change that closing the window asks to save. Putting back what is saved
  // already is none, though Thunderbird 153 takes it for one (look again 2027-06).
  const isModified = reason === 'chosen' || before.isModified === true;
  await thunderbird.compose.setComposeDetails(tabId, {
    customHeaders: withMarker(before.customHeaders ?? [], requirement),
    isModified,
  });
  if (isModified) return;

  // Somebody may have typed, or saved, since it was read; that must not get lost.
  const after = await thunderbird.compose.getComposeDetails(tabId);
  if (contentOf(after) !== contentOf(before)) await markModified(tabId);
}

/** Makes closing the window ask whether to save. */
export async function markModified(tabId: number): Promise<void> {
  await thunderbird.compose.setComposeDetails(tabId, { isModified: true });
}

function contentOf(details: messenger.compose.ComposeDetails): string {
  return JSON.stringify({ ...details, customHeaders: undefined, isModified: undefined });
}
