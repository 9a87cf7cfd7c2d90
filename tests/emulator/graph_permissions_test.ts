import type { IssueTokenOptions } from "../../lib/emulator/mod.ts";
import { assertEquals } from "../deps/assert.ts";
import { call, emulatorTest, graphClient } from "./support.ts";

const GROUP = "/groups/0c000000-0000-4000-8000-000000000001";
const ALEX = "/users/alex%40contoso.com";
const ADELE = "/users/adele%40contoso.com";

type Caller = (...permissions: string[]) => IssueTokenOptions;

const app: Caller = (...roles) => ({ roles });
const adele: Caller = (...scopes) => ({ user: "adele@contoso.com", scopes });
const alex: Caller = (...scopes) => ({ user: "alex@contoso.com", scopes });
const personal: Caller = (...scopes) => ({ user: "alex@contoso.com", scopes, personal: true });

/** Adele is an administrator, Alex is not. The first rows are the tables of "Delete profilePhoto". */
const CASES:
  readonly (readonly [caller: IssueTokenOptions, request: string, status: number, code?: string])[] = [
    [app("ProfilePhoto.ReadWrite.All"), `DELETE ${ALEX}/photo/$value`, 200],
    [app("User.ReadWrite.All"), `DELETE ${ALEX}/photo/$value`, 200],
    [app("User.Read.All", "Group.ReadWrite.All"), `DELETE ${ALEX}/photo/$value`, 403, "ErrorAccessDenied"],
    [app(), `DELETE ${ALEX}/photo/$value`, 403, "ErrorAccessDenied"],
    [app("ProfilePhoto.ReadWrite.All"), `DELETE ${GROUP}/photo/$value`, 200],
    [app("Group.ReadWrite.All"), `DELETE ${GROUP}/photo/$value`, 200],
    [app("User.ReadWrite.All"), `DELETE ${GROUP}/photo/$value`, 403, "Authorization_RequestDenied"],

    [alex("ProfilePhoto.ReadWrite.All"), "DELETE /me/photo/$value", 200],
    [alex("User.ReadWrite"), "DELETE /me/photo/$value", 200],
    [alex("User.ReadWrite.All"), "DELETE /me/photo/$value", 200],
    [alex("User.Read", "Group.ReadWrite.All"), "DELETE /me/photo/$value", 403, "ErrorAccessDenied"],
    [alex("User.ReadWrite"), `DELETE ${ALEX}/photo/$value`, 200],
    [alex("User.ReadWrite"), `DELETE ${ADELE}/photo/$value`, 403, "ErrorAccessDenied"],
    [alex("ProfilePhoto.ReadWrite.All"), `DELETE ${ADELE}/photo/$value`, 403, "ErrorAccessDenied"],
    [alex("User.ReadWrite"), "DELETE /users/nobody@contoso.com/photo/$value", 403, "ErrorAccessDenied"],
    [adele("ProfilePhoto.ReadWrite.All"), `DELETE ${ALEX}/photo/$value`, 200],
    [adele("User.ReadWrite.All"), `DELETE ${ALEX}/photo/$value`, 200],
    [adele("User.ReadWrite"), `DELETE ${ALEX}/photo/$value`, 403, "ErrorAccessDenied"],
    [alex("ProfilePhoto.ReadWrite.All"), `DELETE ${GROUP}/photo/$value`, 200],
    [alex("Group.ReadWrite.All"), `DELETE ${GROUP}/photo/$value`, 200],
    [alex("User.ReadWrite.All"), `DELETE ${GROUP}/photo/$value`, 403, "Authorization_RequestDenied"],

    [personal("User.ReadWrite"), "DELETE /me/photo/$value", 200],
    [personal("ProfilePhoto.ReadWrite.All"), "DELETE /me/photo/$value", 403, "ErrorAccessDenied"],
    [
      personal("User.ReadWrite", "Group.ReadWrite.All"),
      `DELETE ${GROUP}/photo/$value`,
      403,
      "Authorization_RequestDenied",
    ],
    [personal("User.ReadWrite.All"), `DELETE ${ADELE}/photo/$value`, 403, "ErrorAccessDenied"],

    // Roles in a user's token are not application permissions.
    [
      { ...alex("User.Read"), roles: ["ProfilePhoto.ReadWrite.All"] },
      `DELETE ${ALEX}/photo/$value`,
      403,
      "ErrorAccessDenied",
    ],

    [app("ProfilePhoto.Read.All"), `GET ${ALEX}/photo/$value`, 200],
    [app("User.Read.All"), `GET ${ALEX}/photo/$value`, 200],
    [app("ProfilePhoto.Read.All"), `DELETE ${ALEX}/photo/$value`, 403, "ErrorAccessDenied"],
    [app("Group.Read.All"), `GET ${ALEX}/photo/$value`, 403, "ErrorAccessDenied"],
    [app("Group.Read.All"), `GET ${GROUP}/photo/$value`, 200],
    [app("User.Read.All"), `GET ${GROUP}/photo/$value`, 403, "Authorization_RequestDenied"],
    [app("ProfilePhoto.ReadWrite.All"), "GET /users", 403, "Authorization_RequestDenied"],
    [app("User.Read.All"), "GET /users", 200],
    [app("User.Read.All"), "GET /groups", 403, "Authorization_RequestDenied"],
    [app("GroupMember.Read.All"), "GET /groups", 200],
    [alex("GroupMember.Read.All"), `GET ${GROUP}/transitiveMembers`, 200],
    [personal("GroupMember.Read.All"), `GET ${GROUP}/members`, 403, "Authorization_RequestDenied"],
    [app("ProfilePhoto.Read.All"), `GET ${ALEX}/photos/48x48/$value`, 200],
    [app("Group.Read.All"), `GET ${ALEX}/photos`, 403, "ErrorAccessDenied"],
    [alex("User.Read"), "GET /me/photo", 200],
    [alex("User.Read"), `GET ${ADELE}/photo`, 403, "ErrorAccessDenied"],
    [alex("User.ReadBasic.All"), `GET ${ADELE}/photo`, 200],
  ];

Deno.test(
  emulatorTest("Graph allows what the permission tables allow, and nothing else", async (emulator) => {
    const photo = emulator.directory.photo("adele@contoso.com")!.bytes;
    for (const [token, request, status, code] of CASES) {
      for (const key of ["adele@contoso.com", "alex@contoso.com", emulator.directory.groups[0]!.id]) {
        emulator.directory.setPhoto(key, photo);
      }
      const client = graphClient(emulator, await emulator.issueToken(token));
      const [method, path] = request.split(" ") as [string, string];
      const response = await client(method, path);
      assertEquals(
        [response.status, response.json?.error?.code],
        [status, code],
        `${JSON.stringify(token)} ${request}`,
      );
    }
  }),
);

Deno.test(
  emulatorTest("`GET photoUpdateSettings` returns what is set, to who may read it", async (emulator) => {
    const path = "/beta/admin/people/photoUpdateSettings";
    const get = async (token: IssueTokenOptions, target = path) => {
      const authorization = `Bearer ${await emulator.issueToken(token)}`;
      return await call(`${emulator.url}${target}`, { headers: { authorization } });
    };
    const permitted = app("PeopleSettings.Read.All");
    const { json } = await get(permitted);
    assertEquals([json.source, json.allowedRoles], ["cloud", []]);
    emulator.setPhotoUpdateSettings({ source: "onPremises", allowedRoles: null });
    const { json: changed } = await get(adele("PeopleSettings.Read.All"));
    assertEquals([changed.source, changed.allowedRoles], ["onPremises", null]);
    assertEquals((await get(alex("PeopleSettings.Read.All"))).status, 403);
    assertEquals((await get(app("User.Read.All"))).json.error.code, "Authorization_RequestDenied");
    assertEquals((await get(permitted, "/beta/users")).status, 400);
    assertEquals((await get(permitted, path.replace("beta", "v1.0"))).status, 400);
    assertEquals((await call(`${emulator.url}${path}`)).status, 401);
  }),
);
