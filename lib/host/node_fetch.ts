/** The statuses whose responses have no body. */
const NO_BODY: readonly number[] = [204, 205, 304];

/**
 * Sends an http: request like `fetch()` with `redirect: "manual"`, but never through a proxy: `node:http` knows of none.
 */
export async function fetchByNode(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const [{ request: sendRequest }, { Readable }] = await Promise.all([
    import("node:http"), // dynamic, as a bundle would load a static import at every start
    import("node:stream"),
  ]);
  const request = new Request(input, init);
  const { url, method, signal } = request;
  const body = new Uint8Array(await request.arrayBuffer());
  const headers: Record<string, string> = { accept: "*/*", ...Object.fromEntries(request.headers) };
  if (body.length > 0 || init?.body !== undefined) headers["content-length"] = String(body.length);
  return await new Promise((resolve, reject) => {
    const message = sendRequest(url, { method, headers, signal, agent: false }, (response) => {
      const { statusCode: status = 0, rawHeaders } = response;
      try {
        const received = new Headers();
        for (let at = 0; at < rawHeaders.length; at += 2) {
          received.append(rawHeaders[at]!, rawHeaders[at + 1]!);
        }
        const hasBody = method !== "HEAD" && !NO_BODY.includes(status);
        const stream = hasBody ? Readable.toWeb(response) as unknown as ReadableStream : null;
        if (!hasBody) response.resume();
        resolve(new Response(stream, { status, headers: received }));
      } catch (error) { // a status or header that fetch() would not return either
        response.destroy();
        reject(error);
      }
    });
    message.on("error", reject);
    message.end(body);
  });
}
