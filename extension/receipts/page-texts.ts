import * as v from 'valibot';
import type { PageSurroundings } from './page-surroundings.ts';

const LANGUAGES = ['en', 'fr', 'de'];

/** A file of `_locales`, as extensions have it. */
const MESSAGES = v.record(
  v.string(),
  v.object({
    message: v.string(),
    placeholders: v.optional(v.record(v.string(), v.object({ content: v.string() }))),
  }),
);
type Messages = v.InferOutput<typeof MESSAGES>;

/**
 * The extension's own texts, where there is no extension that says them.
 *
 * @param preferred the person's languages, the best first
 * @throws Error when they cannot be fetched
 */
export async function fetchedTexts(
  preferred: readonly string[],
): Promise<Pick<PageSurroundings, 'language' | 'text'>> {
  const spoken = preferred.map((tag) => tag.toLowerCase().replace(/-.*/, ''));
  const language = spoken.find((tag) => LANGUAGES.includes(tag)) ?? 'en';
  const response = await fetch(new URL(`/_locales/${language}/messages.json`, location.href));
  const messages = v.parse(MESSAGES, await response.json());
  return {
    language,
    text: (message, ...substitutions) => textFrom(messages, message, substitutions),
  };
}

function textFrom(messages: Messages, name: string, substitutions: readonly string[]): string {
  const { message = '', placeholders = {} } = messages[name] ?? {};
  return message.replaceAll(/\$(\w+)\$/g, (_whole, placeholder: string) => {
    const number = /^\$(\d)$/.exec(placeholders[placeholder]?.content ?? '')?.[1];
    return substitutions[Number(number) - 1] ?? '';
  });
}

/** Puts texts into the page: an element with `data-text` gets the one of that name. */
export function putTexts(page: ParentNode, text: PageSurroundings['text']): void {
  for (const element of page.querySelectorAll<HTMLElement>('[data-text]')) {
    element.textContent = text(element.dataset['text'] ?? '');
  }
}
