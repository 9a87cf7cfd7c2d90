/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

/** How the secrets look that people paste into the wrong place, and what each is called. */
export const SECRET_SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g],
  ["an access token", /(?<![A-Za-z0-9])eyJ[\w-]{6,}(?:\.[\w-]*){0,4}/g],
  ["a client secret", /[\w.~-]{3}\dQ~[\w.~-]{8,}/g],
  ["a certificate or key", /(?<![A-Za-z0-9+/])MI[IJK][A-Za-z0-9+/]{100,}={0,2}/g],
];

/** A text, and where each of its characters stands in the text that it was decoded from. */
interface Decoded {
  text: string;
  /** Absent: each stands where it stood. */
  source?: { starts: number[]; ends: number[] };
}

/** What URLs and forms (%2B), JSON (\u002b, \/) and HTML (&#43;) put in place of one character. */
const ESCAPE =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\[nrtbf"'/\\]|&(?:amp|lt|gt|quot|apos);|&#\d{1,7};|&#x[\da-f]{1,6};/gi;
const NAMED: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

function decodeEscape(unit: string): string {
  if (unit[0] === "%") {
    try {
      return decodeURIComponent(unit);
    } catch {
      return unit;
    }
  }
  if (unit[0] === "\\") {
    const code = Number.parseInt(unit.slice(2), 16);
    return Number.isNaN(code) ? /[nrtbf]/i.test(unit) ? "\n" : unit.slice(1) : String.fromCharCode(code);
  }
  const code = /^&#x/i.test(unit) ? Number.parseInt(unit.slice(3), 16) : Number(unit.slice(2, -1));
  return NAMED[unit.toLowerCase()] ?? (code > 0 && code < 0x110000 ? String.fromCodePoint(code) : unit);
}

/** Replaces what a pattern matches, and keeps track of where everything came from. */
function replaceTracked(
  { text, source }: Decoded,
  pattern: RegExp,
  replace: (unit: string) => string,
): Decoded {
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  const startOf = (index: number) => source ? source.starts[index]! : index;
  const endOf = (index: number) => source ? source.ends[index]! : index + 1;
  const copyUntil = (end: number) => {
    parts.push(text.slice(at, end));
    for (; at < end; at++) {
      starts.push(startOf(at));
      ends.push(endOf(at));
    }
  };
  for (const { 0: unit, index } of text.matchAll(pattern)) {
    copyUntil(index);
    const plain = replace(unit);
    parts.push(plain);
    for (let count = 0; count < plain.length; count++) {
      starts.push(startOf(index));
      ends.push(endOf(index + unit.length - 1));
    }
    at = index + unit.length;
  }
  copyUntil(text.length);
  return { text: parts.join(""), source: { starts, ends } };
}

/** Texts can be encoded several times: JSON inside a form inside JSON. */
const MAX_PASSES = 5;

// deno-lint-ignore no-control-regex
const DROPPED = /[\u0000-\u001f\\%]+/g;

/**
 * Returns a text in the one spelling that all its encodings share. A space and the plus sign that forms write for it
 * are one; line ends, and what remains of broken escapes, are left out.
 */
function canonical(text: string): Decoded {
  let decoded: Decoded = { text };
  for (let pass = 0; pass < MAX_PASSES && /[%\\&]/.test(decoded.text); pass++) {
    const next = replaceTracked(decoded, ESCAPE, decodeEscape);
    const isDone = next.text === decoded.text;
    decoded = next;
    if (isDone) break;
  }
  if (decoded.text.search(DROPPED) >= 0) decoded = replaceTracked(decoded, DROPPED, () => "");
  return { ...decoded, text: decoded.text.replaceAll(" ", "+") };
}

const toBase64 = (bytes: Uint8Array) => (bytes as Uint8Array<ArrayBuffer>).toBase64();

/** Returns what a secret looks like inside the base64 of a longer text: at each offset, without what depends on its neighbors. */
function base64Spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].flatMap((offset) => {
    const shifted = new Uint8Array(offset + bytes.length);
    shifted.set(bytes, offset);
    const encoded = toBase64(shifted).replace(/.=+$/, "").slice([0, 2, 3][offset]);
    const forUrls = encoded.replaceAll("+", "-").replaceAll("/", "_");
    return forUrls === encoded ? [encoded] : [encoded, forUrls];
  });
}

/** Shorter secrets are not looked for: they occur by chance. */
const SHORTEST = 8;
/** Pieces of 11 characters, of which every second is known: so that any part of 12 characters contains one. */
const PIECE = 11;
const STEP = 2;
/** What GUIDs consist of, such as the request id of every reply. Hardly any secret has a whole piece of it. */
const OF_GUIDS = /^[\da-f-]+$/;
const PIECE_OF_GUIDS = /[\da-f-]{11}/;
/** How many secrets one generation holds. The current and the previous generation are known. */
const GENERATION = 200;
/** In characters: nobody reads more of a text. */
const LONGEST = 2 ** 15;
const REDACTED = "[redacted]";

/** The secrets of one generation. */
interface Generation {
  readonly secrets: ReadonlySet<string>;
  add(secret: string): void;
  /** Whether a text can contain a secret, by the length of its words. */
  mayOccurIn(text: string): boolean;
  /** Calls back with each range of a canonical text that is part of a secret. */
  find(text: string, found: (start: number, end: number) => void): void;
}

/** Returns a generation without secrets. They are indexed when a text has to be redacted: most runs never need to. */
function createGeneration(): Generation {
  const secrets = new Set<string>();
  const pieces = new Set<string>();
  const short: string[] = [];
  const spellings: string[] = []; // those that are not in pieces yet
  let spelled = 0;
  let isLikeGuids = false;
  let hasSpace = false; // whether a secret contains what separates words

  const indexSpelling = (spelling: string) => {
    if (spelling.length < PIECE) {
      if (spelling !== "") short.push(spelling);
      return;
    }
    const last = spelling.length - PIECE;
    for (let at = 0; at < last; at += STEP) pieces.add(spelling.slice(at, at + PIECE));
    pieces.add(spelling.slice(last));
  };
  const spell = () => {
    for (const secret of spelled < secrets.size ? [...secrets].slice(spelled) : []) {
      hasSpace ||= /[\s+]/.test(secret);
      const all = [canonical(secret).text, ...base64Spellings(secret)];
      isLikeGuids ||= all.some((text) => (text.length < PIECE ? OF_GUIDS : PIECE_OF_GUIDS).test(text));
      spellings.push(...all);
    }
    spelled = secrets.size;
  };
  return {
    secrets,
    add: (secret) => void secrets.add(secret),
    mayOccurIn: (text) => {
      spell();
      if (spelled === 0 || (!isLikeGuids && OF_GUIDS.test(text))) return false;
      spellings.splice(0).forEach(indexSpelling);
      return hasSpace || (short.length > 0 ? /\S{5}/ : /\S{11}/).test(text);
    },
    find: (text, found) => {
      for (let at = 0; at + PIECE <= text.length; at++) {
        if (pieces.has(text.slice(at, at + PIECE))) found(at, at + PIECE);
      }
      for (const secret of short) {
        for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
          found(at, at + secret.length);
        }
      }
    },
  };
}

/** Knows secrets, and takes them out of texts. */
export interface Redactor {
  /** Remembers a secret of eight characters or more. */
  remember(secret: string): void;
  /**
   * Replaces what a text repeats of the known secrets: all of them, and parts of 12 characters or more, as they are
   * or encoded for a URL, form, JSON, HTML or base64. Also replaces what looks like a secret. The result ends after
   * 32,768 characters.
   */
  redact: Redact;
}

/** Returns a redactor that knows no secret yet. */
export function createRedactor(): Redactor {
  let current = createGeneration();
  let previous = createGeneration();

  function redactKnown(text: string): string {
    const generations = [current, previous].filter((generation) => generation.mayOccurIn(text));
    if (generations.length === 0) return text;
    const ranges: [start: number, end: number][] = [];
    for (const { secrets } of generations) { // as they are: a neighbor can look like a part of an escape
      for (const secret of secrets) {
        for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
          ranges.push([at, at + secret.length]);
        }
      }
    }
    const { text: plain, source } = canonical(text);
    const found = (start: number, end: number) => { // with what was left out beside it
      ranges.push(source ? [source.ends[start - 1] ?? 0, source.starts[end] ?? text.length] : [start, end]);
    };
    for (const generation of generations) generation.find(plain, found);
    if (ranges.length === 0) return text;
    ranges.sort(([a], [b]) => a - b);
    let clean = "";
    let until = -1; // the end of the ranges so far; those that touch become one
    for (const [start, end] of ranges) {
      if (start > until) clean += text.slice(Math.max(until, 0), start) + REDACTED;
      until = Math.max(until, end);
    }
    return clean + text.slice(until);
  }

  return {
    remember: (secret) => {
      if (typeof secret !== "string" || secret.length < SHORTEST) return;
      if (current.secrets.has(secret)) return;
      if (current.secrets.size >= GENERATION) {
        previous = current;
        current = createGeneration();
      }
      current.add(secret);
    },
    redact: (text) => {
      const part = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
      const known = redactKnown(part);
      if (!/\S{11}/.test(known)) return known;
      return SECRET_SHAPES.reduce((clean, [, shape]) => clean.replace(shape, REDACTED), known);
    },
  };
}

const shared = createRedactor();

/** Remembers a token, client secret, assertion, key or password that this process holds. */
export const rememberSecret: (secret: string) => void = shared.remember;

/** Takes every secret that this process held out of a text from outside, before the text is shown or stored. */
export const redact: Redact = shared.redact;

/** Remembers secrets, and returns {@link redact}. */
export function redactor(secrets: readonly string[]): Redact {
  secrets.forEach(rememberSecret);
  return redact;
}

/** How many values of a cause are inspected. */
const MOST_VALUES = 500;

/** Whether nothing that can be printed of a value contains a secret. */
function isClean(value: unknown, seen: Set<object>): boolean {
  if (typeof value === "string") return value.length <= LONGEST && redact(value) === value;
  if (typeof value !== "object" || value === null) return typeof value !== "function"; // it may print anything
  if (seen.has(value)) return true;
  seen.add(value);
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  if (seen.size > MOST_VALUES || !(isPlain || value instanceof Error)) return false;
  if (value instanceof Error && !(isClean(value.message, seen) && isClean(value.name, seen))) return false;
  return Reflect.ownKeys(value).every((name) => {
    if (typeof name === "symbol" && value instanceof DOMException) return true; // the runtime's own marks
    const { value: member, get } = Object.getOwnPropertyDescriptor(value, name)!;
    return (name === "stack" ? isClean((value as Error).stack, seen) : !get && isClean(member, seen)) &&
      isClean(String(name), seen);
  });
}

/**
 * Returns a cause that an error can keep: the given one if it shows no secret, wherever it is printed; otherwise a
 * copy of its names, messages and causes, redacted.
 */
export function redactCause(cause: unknown): unknown {
  try {
    if (isClean(cause, new Set())) return cause;
    if (!(cause instanceof Error)) return redact(String(cause));
    const copy = new Error(
      redact(cause.message),
      "cause" in cause ? { cause: redactCause(cause.cause) } : {},
    );
    copy.name = redact(String(cause.name));
    copy.stack = redact(String(cause.stack));
    return copy;
  } catch { // endless causes, or a getter that throws
    return "an error that cannot be shown";
  }
}
