/** What the browser shows of a sign-in: HTTP status, title and text. */
const PAGES = {
  done: [200, "You are signed in", "You can close this page and return to the program that asked you."],
  failed: [200, "The sign-in did not succeed", "Close this page: the program that asked you says why."],
  foreign: [400, "This is not the sign-in that is waited for", "Close this page, and use the newest one."],
  notUnderstood: [415, "This is not an answer to a sign-in", "Use the page that the program opened."],
  notAllowed: [405, "A program here waits for a sign-in", "Open the whole address that the program shows."],
  notFound: [404, "There is nothing here", "Open the whole address that the program shows."],
} as const satisfies Record<string, readonly [status: number, title: string, text: string]>;

/** Returns a page. It holds no value of the request, runs nothing, and loads nothing. */
export function signInPage(name: keyof typeof PAGES): Response {
  const [status, title, text] = PAGES[name];
  const style = "body{font:1.1em system-ui,sans-serif;margin:15vh auto;max-width:32em;padding:0 1em}";
  const html = `<!DOCTYPE html><html lang="en"><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">` +
    `<title>${title}</title><style>${style}</style><h1>${title}</h1><p>${text}</p></html>`;
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      ...status === 405 ? { allow: "POST" } : {},
    },
  });
}
