/** Takes out of a text what must not be shown. */
export type Redact = (text: string) => string;

/**
 * Takes secrets out of texts that a server may have echoed them into, in any spelling that a form, a URL or JSON
 * gives them.
 */
export function redactor(secrets: readonly string[]): Redact {
  let spellings: string[] | undefined;
  const spell = () => [
    ...new Set(
      secrets.filter((secret) => secret !== "").flatMap((secret) => [
        secret,
        encodeURIComponent(secret.toWellFormed()),
        new URLSearchParams({ "": secret }).toString().slice(1),
        JSON.stringify(secret).slice(1, -1),
      ]),
    ),
  ];
  return (text) =>
    (spellings ??= spell()).reduce((clean, spelling) => clean.replaceAll(spelling, "[redacted]"), text);
}
