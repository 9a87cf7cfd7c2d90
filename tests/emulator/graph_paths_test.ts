import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { appClient, emulatorTest } from "./support.ts";

const UNKNOWN_GUID = "99999999-9999-4999-8999-999999999999";

const PATHS: readonly (readonly [path: string, status: number, code: string | null, message: string])[] = [
  ["/users/adele@contoso.com/photo/$value", 200, null, ""],
  ["/users/adele%40contoso.com/photo/%24value", 200, null, ""],
  ["/users/ADELE%40CONTOSO.COM/photo/$value", 200, null, ""],
  ["/users/miriam.o'neil%40contoso.com/photo/$value", 200, null, ""],
  ["/users/miriam.o%27neil%40contoso.com/photo/$value", 200, null, ""],
  ["/users/miriam.o''neil%40contoso.com/photo/$value", 404, "Request_ResourceNotFound", "o''neil"],
  ["/users('miriam.o''neil%40contoso.com')/photo/$value", 200, null, ""],
  ["/users('miriam.o%27%27neil%40contoso.com')/photo/$value", 200, null, ""],
  ["/users(%27adele%40contoso.com%27)/photo/$value", 200, null, ""],
  [
    "/users('miriam.o'neil%40contoso.com')/photo/$value",
    400,
    "BadRequest",
    "Resource not found for the segment",
  ],
  ["/users/$servicedesk%40contoso.com/photo/$value", 400, "BadRequest", "$servicedesk@contoso.com"],
  ["/users/%24servicedesk%40contoso.com/photo/$value", 400, "BadRequest", "$servicedesk@contoso.com"],
  ["/users('$servicedesk%40contoso.com')/photo/$value", 200, null, ""],
  ["/users/pradeep_fabrikam.com%23EXT%23@contoso.onmicrosoft.com/photo/$value", 200, null, ""],
  [
    "/users/pradeep_fabrikam.com%2523EXT%2523@contoso.onmicrosoft.com/photo/$value",
    404,
    "Request_ResourceNotFound",
    "%23EXT%23",
  ],
  ["/users/a%2Fb/photo/$value", 404, "Request_ResourceNotFound", "Resource 'a/b' does not exist"],
  ["/users/adele%40contoso.com%2Fphoto/$value", 400, "BadRequest", "'$value'"],
  ["/users/adele%40contoso.com/photo%2F$value", 400, "BadRequest", "'photo/$value'"],
  ["/users/a%zz/photo/$value", 400, "BadRequest", "a%zz"],
  ["/users/%00/photo/$value", 404, "Request_ResourceNotFound", ""],
  ["/users//photo/$value", 400, "BadRequest", "segment ''"],
  [
    "/users/nobody%40contoso.com/photo/$value",
    404,
    "Request_ResourceNotFound",
    "Resource 'nobody@contoso.com' does not exist",
  ],
  [`/users/${UNKNOWN_GUID}/photo/$value`, 404, "Request_ResourceNotFound", UNKNOWN_GUID],
  ["/users/lee%40contoso.com/photo/$value", 404, "ImageNotFound", "ImageNotFoundException"],
  ["/users/lee%40contoso.com/photo", 404, "ImageNotFound", ""],
  ["/users/adele%40contoso.com/photo/value", 400, "BadRequest", "segment 'value'"],
  ["/users/adele%40contoso.com/photo/$value/more", 400, "BadRequest", "Resource not found"],
  ["/users/adele%40contoso.com/avatar", 400, "BadRequest", "segment 'avatar'"],
  ["/groups/0c000000-0000-4000-8000-000000000001/photo/$value", 200, null, ""],
  ["/groups/0C000000-0000-4000-8000-000000000001/photo/$value", 200, null, ""],
  ["/groups/0c000000-0000-4000-8000-000000000003/photo/$value", 404, "ImageNotFound", ""],
  ["/groups/marketing/photo/$value", 400, "Request_BadRequest", "Invalid object identifier 'marketing'."],
  [`/groups/${UNKNOWN_GUID}/photo/$value`, 404, "Request_ResourceNotFound", UNKNOWN_GUID],
  ["/me/photo/$value", 400, "BadRequest", "/me request is only valid with delegated authentication flow."],
  ["/me", 400, "BadRequest", "delegated"],
  ["/people", 400, "BadRequest", "Resource not found for the segment 'people'."],
  ["/constructor", 400, "BadRequest", "segment 'constructor'"],
  ["/", 400, "BadRequest", "segment ''"],
];

Deno.test(emulatorTest("Graph resolves or refuses each path", async (emulator) => {
  const app = await appClient(emulator);
  for (const [path, status, code, message] of PATHS) {
    const response = await app("GET", path);
    assertEquals([response.status, response.json?.error?.code ?? null], [status, code], path);
    assertStringIncludes(response.json?.error?.message ?? "", message, path);
  }
}));

Deno.test(emulatorTest("Graph refuses methods that a path does not support", async (emulator) => {
  const app = await appClient(emulator);
  const cases = [
    ["DELETE", "/users/adele%40contoso.com/photo"],
    ["DELETE", "/users/adele%40contoso.com"],
    ["POST", "/users/adele%40contoso.com/photo/$value"],
    ["DELETE", "/users"],
    ["GET", "/$batch"],
  ] as const;
  for (const [method, path] of cases) {
    assertEquals((await app(method, path)).status, 405, `${method} ${path}`);
  }
  assertEquals(emulator.directory.hasPhoto("adele@contoso.com"), true);
}));

Deno.test(emulatorTest("Graph returns the request ids in error bodies", async (emulator) => {
  const app = await appClient(emulator);
  const own = "0f000000-0000-4000-8000-00000000000f";
  const { headers, json } = await app("GET", "/nothing", { headers: { "client-request-id": own } });
  assertEquals(Object.keys(json.error), ["code", "message", "innerError"]);
  assertEquals(json.error.innerError["client-request-id"], own);
  assertEquals(headers.get("client-request-id"), own);
  assertEquals(json.error.innerError["request-id"], headers.get("request-id"));
  assertEquals(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(json.error.innerError.date), true);
}));

Deno.test(emulatorTest("`Emulator.requests` has paths exactly as sent", async (emulator) => {
  const raw = "/v1.0/users/../me/%2e%2e/a'b%2F/photo/$value?x=%24";
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(emulator.url).port) });
  await connection.write(
    new TextEncoder().encode(`GET ${raw} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
  );
  await new Response(connection.readable).text();
  assertEquals(emulator.requests.map(({ url }) => url), [raw]);
}));
