import { isPlainText } from "./plain-words";
import { Secret, type Secrets } from "./secret";

/** Is a variable a secret, which logs mask? It is guessed when the variable is set, unless a person chose it. */
export interface Mark {
  secret: boolean;
  chosen: boolean;
}
export type Marks = Readonly<Record<string, Mark>>;

const TELLING_NAME =
  /(^|_)(SECRETS?|TOKENS?|PASS(WD|WORD|PHRASE|CODE)?S?|PWD|PW|PINS?|API_?KEYS?|KEYS?|CREDENTIALS?|CREDS|AUTH|PRIVATE|CERT(IFICATE)?|PEM|DSN|SALT|PEPPER|SIGNATURE|SIGNING|COOKIE|JWT|BEARER|WEBHOOK(_URL)?|OTP|SEED|LICEN[CS]E)(_|\d|$)|(PASSWORD|PASSWD|PASSPHRASE|SECRET(KEY)?|TOKEN|APIKEY)(_|\d|$)/;
/** A name that marks its value as public, whatever else it contains. */
const PUBLIC_NAME = /(^|_)PUBLIC(_|$)|(^|_)(PATH|FILE|DIR|PORT|HOST|NAME|LENGTH|SIZE|TTL|ALGORITHM|HEADER|ISSUER)$/;
const SIGN_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@]*:[^\s/@]+@/i;
/** In a connection string: "Server=db;Password=…", "…?user=app&password=…". */
const SIGN_IN_PAIR = /(?:^|[?&;,\s])(?:password|passwd|pwd)\s*=\s*[^\s;&,]/i;
const SIGNED_TOKEN = /^eyJ[\w-]+\.[\w-]+\./;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Words and names have no longer run of letters. Random text seldom has one without a digit. */
const UNBROKEN_LETTERS = 24;
const RANDOM_LENGTH = 12;
/** Entropy per character, over the characters of the text: English words have under 3 bits, keys and tokens more. */
const RANDOM_BITS = 3;

/** Guesses from its name and its value whether a variable is a secret. */
export function looksSecret(name: string, value: string): boolean {
  const text = value.trim();
  if (text === "" || isPlainText(text)) return false;
  if (SIGN_IN_URL.test(text) || SIGN_IN_PAIR.test(text) || PRIVATE_KEY.test(text) || SIGNED_TOKEN.test(text))
    return true;
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
  if (TELLING_NAME.test(words) && !PUBLIC_NAME.test(words)) return true;
  return !PUBLIC_NAME.test(words) && text.split(/[\s/:.,;=?&@]+/).some(looksRandom);
}

/** Does an unbroken part change between kinds of characters more than words, versions and names do? */
function looksRandom(part: string): boolean {
  if (part.length < RANDOM_LENGTH || ID.test(part)) return false;
  if (/^[A-Za-z]+$/.test(part) && part.length < UNBROKEN_LETTERS && !isMixed(part)) return false;
  const unbroken = part.split(/[-_]/).toSorted((a, b) => b.length - a.length)[0] ?? "";
  if (unbroken.length < RANDOM_LENGTH && !unbroken.split(/(?<=\d)(?=\D)/).some((_, index) => index > 0)) return false;
  return bitsPerCharacter(part) >= RANDOM_BITS && isMixed(part);
}

/** Letters and digits, or upper and lower case, alternate three times or more. */
function isMixed(part: string): boolean {
  return (part.match(/[a-z](?=[A-Z\d])|\d(?=[A-Za-z])|[A-Z](?=\d)/g) ?? []).length >= 3;
}

function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** A mark for each value. A person's earlier choice is kept. */
export function marksOf(values: Secrets, before: Marks): Marks {
  const entries = Object.entries(values).map(([name, value]) => {
    const known = before[name];
    return [name, known?.chosen ? known : { secret: looksSecret(name, value.reveal()), chosen: false }] as const;
  });
  return Object.fromEntries(entries);
}

/** Wraps the values for masking. A value without a mark counts as a secret. */
export function marked(values: Secrets, marks: Marks): Secrets {
  const entries = Object.entries(values).map(([name, value]) => {
    return [name, new Secret(value.reveal(), { isMasked: marks[name]?.secret ?? true })] as const;
  });
  return Object.fromEntries(entries);
}
