/** The least there is to do with a client secret: a token, a removal, a line about it. */
const {
  GRAPH_ENDPOINT,
  AZURE_AUTHORITY_HOST,
  AZURE_TENANT_ID,
  AZURE_CLIENT_ID = "",
  AZURE_CLIENT_SECRET = "",
} = Deno.env.toObject();
const signIn = await fetch(`${AZURE_AUTHORITY_HOST}/${AZURE_TENANT_ID}/oauth2/v2.0/token`, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: AZURE_CLIENT_ID,
    scope: `${GRAPH_ENDPOINT}/.default`,
    claims: JSON.stringify({ access_token: { xms_cc: { values: ["cp1"] } } }),
    client_secret: AZURE_CLIENT_SECRET,
  }),
});
const { access_token: token } = await signIn.json();
const response = await fetch(`${GRAPH_ENDPOINT}/v1.0/users/alex@contoso.com/photo/$value`, {
  method: "DELETE",
  headers: { authorization: `Bearer ${token}` },
});
await response.text();
console.log(JSON.stringify({ outcome: response.ok ? "removed" : "failed", status: response.status }));
