import { serve, type TestServer } from "./server.ts";

/** A token endpoint that gives every client a new token: T1, T2, … */
export function generousAuthority(): TestServer {
  let count = 0;
  return serve(() => Response.json({ token_type: "Bearer", access_token: `T${++count}`, expires_in: 3599 }));
}

/** The form fields that a server got, request by request. */
export function forms(server: TestServer): Record<string, string>[] {
  return server.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
}
