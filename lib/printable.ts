/** Characters that nobody sees: they move the cursor, change colors, reorder text, or hide in it. */
export const UNPRINTABLE: RegExp =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** Returns JSON that is safe to show: unprintable characters are escaped. */
export function printableJson(value: unknown, indent?: number): string {
  const escape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(
    UNPRINTABLE,
    (char) => char === "\n" ? char : escape(char),
  );
}

/** How much is repeated of what a server said, in characters. */
const MOST_SAID = 400;

/** Returns the beginning of what a server or a library said, for a message. */
export const shortened = (said: string): string =>
  said.length > MOST_SAID ? `${said.slice(0, MOST_SAID - 1).trimEnd()}…` : said;
