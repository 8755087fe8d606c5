import type { OutgoingServer } from '../../shared/control/outgoing-server.ts';
import type { Identity } from '../../shared/control/route.ts';

/** What stands in a prefs.js: what differs from Thunderbird's own defaults. */
export type Preferences = ReadonlyMap<string, string | number | boolean>;

const BLANK = /[ \t\r\n]+|\/\/[^\r\n]*|#[^\r\n]*|\/\*[^]*?\*\//y;
const BEGINNING = /user_pref\(/y;
const COMMA = /,[ \t]*/y;
const END = /\);/y;
const SIMPLE_STRING = /"[^"\\\r\n]*"/y;
const PLAIN = /true|false|-?[0-9]{1,10}/y;

/**
 * Reads a prefs.js as Thunderbird writes it (modules/libpref/parser; Thunderbird 153, look again
 * 2027-06). Whatever else stands in it, a person's own way of writing or a name twice, makes all
 * of it unreadable: what Thunderbird made of it is not to be guessed.
 *
 * @returns undefined when it is not so written
 */
export function parsePreferences(text: string): Preferences | undefined {
  const preferences = new Map<string, string | number | boolean>();
  const reader = new PreferenceReader(text);
  for (;;) {
    while (reader.take(BLANK) !== undefined);
    if (reader.isAtEnd) return preferences;
    if (reader.take(BEGINNING) === undefined) return undefined;
    const name = reader.string();
    if (name === undefined || preferences.has(name)) return undefined;
    if (reader.take(COMMA) === undefined) return undefined;
    const value = reader.value();
    if (value === undefined || reader.take(END) === undefined) return undefined;
    preferences.set(name, value);
  }
}

class PreferenceReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** @param pattern a sticky one */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0];
    this.#at += taken?.length ?? 0;
    return taken;
  }

  value(): string | number | boolean | undefined {
    if (this.#text[this.#at] === '"') return this.string();
    const plain = this.take(PLAIN);
    if (plain === undefined) return undefined;
    return plain === 'true' ? true : plain === 'false' ? false : Number(plain);
  }

  string(): string | undefined {
    const simple = this.take(SIMPLE_STRING);
    if (simple !== undefined) return simple.slice(1, -1);
    const start = this.#at + 1;
    let end = start;
    for (; this.#text[end] !== '"'; end += this.#text[end] === '\\' ? 2 : 1) {
      if (end >= this.#text.length) return undefined;
    }
    if (this.#text[this.#at] !== '"') return undefined;
    this.#at = end + 1;
    return unescaped(this.#text.slice(start, end));
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', r: '\r' };

/** @returns undefined for an escape, or a line break, that Thunderbird does not write */
function unescaped(written: string): string | undefined {
  if (/[\r\n]/.test(written)) return undefined;
  let text = '';
  let from = 0;
  for (let at = written.indexOf('\\'); at !== -1; at = written.indexOf('\\', from)) {
    const escaped = ESCAPES[written[at + 1] ?? ''];
    if (escaped === undefined) return undefined;
    text += written.slice(from, at) + escaped;
    from = at + 2;
  }
  return text + written.slice(from);
}

const IDENTITY_ADDRESS = /^mail\.identity\.([A-Za-z0-9_-]+)\.useremail$/;

/** All identities of a profile, those of deleted accounts among them. */
export function identitiesIn(preferences: Preferences): readonly Identity[] {
  const identities: Identity[] = [];
  for (const [name, address] of preferences) {
    const [, id] = IDENTITY_ADDRESS.exec(name) ?? [];
    if (id !== undefined && typeof address === 'string') identities.push({ id, address });
  }
  return identities;
}

/**
 * Whether a profile has an add-on whose pages have this origin. The host of it is a UUID that
 * Thunderbird chooses at random for each add-on in each profile.
 *
 * @param origin `moz-extension://UUID`
 */
export function hasAddOn(preferences: Preferences, origin: string): boolean {
  const written = preferences.get('extensions.webextensions.uuids');
  if (typeof written !== 'string') return false;
  try {
    const uuids: unknown = JSON.parse(written);
    return Object.values(Object(uuids)).includes(origin.replace(/^moz-extension:\/\//, ''));
  } catch {
    return false; // no JSON: not as Thunderbird writes it
  }
}

const SMTP_PORT = 587;
const SMTP_PORT_WITH_TLS = 465;
/** nsMsgSocketType.SSL */
const TLS_FROM_THE_START = 3;

/**
 * The outgoing server of an identity, chosen as Thunderbird does (OutgoingServerService.sys.mjs,
 * SmtpServer.sys.mjs and SmtpClient.sys.mjs; Thunderbird 153, look again 2027-06): the identity's
 * own one, else the default one, else the first. A key that is not in the list has no server, and
 * nothing is sent.
 *
 * An administrator may set or lock preferences outside of the profile (AutoConfig, policies): that
 * cannot be seen from here.
 */
export function outgoingServerOf(preferences: Preferences, identity: string): OutgoingServer {
  try {
    return chosenServer(new Settings(preferences), identity);
  } catch (error) {
    if (error instanceof NotAsWritten) return { kind: 'unclear' };
    throw error;
  }
}

function chosenServer(settings: Settings, identity: string): OutgoingServer {
  // It is split so, without taking off blanks.
  const keys = (settings.text('mail.smtpservers') ?? '').split(',').filter(Boolean);
  const own =
    settings.text(`mail.identity.${identity}.smtpServer`) ??
    settings.text('mail.identity.default.smtpServer');
  const key = own || settings.text('mail.smtp.defaultserver') || keys[0];
  if (key === undefined || !keys.includes(key) || wayMayBeChanged(settings)) {
    return { kind: 'unclear' };
  }
  const type = settings.text(`mail.smtpserver.${key}.type`) ?? 'smtp';
  if (type !== 'smtp') return { kind: 'not SMTP', name: type };

  const host = settings.text(`mail.smtpserver.${key}.hostname`) ?? '';
  const security =
    settings.number(`mail.smtpserver.${key}.try_ssl`) ??
    settings.number('mail.smtpserver.default.try_ssl');
  const port =
    settings.number(`mail.smtpserver.${key}.port`) ||
    (security === TLS_FROM_THE_START ? SMTP_PORT_WITH_TLS : SMTP_PORT);
  if (host === '' || port < 1 || port > 65535) return { kind: 'unclear' };
  return { kind: 'smtp', key, host: host.toLowerCase(), port };
}

/**
 * Whether a connection to this computer may end elsewhere. Thunderbird asks no network proxy on the
 * way to localhost, 127.0.0.0/8 and ::1, unless the first of these says so; the others are for
 * tests of Thunderbird itself.
 */
function wayMayBeChanged(settings: Settings): boolean {
  return (
    settings.isSet('network.proxy.allow_hijacking_localhost') ||
    settings.isSet('network.dns.forceResolve') ||
    settings.isSet('network.socket.forcePort')
  );
}

class NotAsWritten extends Error {}

/** Preferences by the type that Thunderbird reads them with. */
class Settings {
  readonly #preferences: Preferences;

  constructor(preferences: Preferences) {
    this.#preferences = preferences;
  }

  /** @throws NotAsWritten for a value of another type */
  text(name: string): string | undefined {
    const value = this.#preferences.get(name);
    if (value !== undefined && typeof value !== 'string') throw new NotAsWritten();
    return value;
  }

  /** @throws NotAsWritten for a value of another type */
  number(name: string): number | undefined {
    const value = this.#preferences.get(name);
    if (value !== undefined && typeof value !== 'number') throw new NotAsWritten();
    return value;
  }

  isSet(name: string): boolean {
    const value = this.#preferences.get(name);
    return value !== undefined && value !== false && value !== '';
  }
}
