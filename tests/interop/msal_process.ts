/** A script that signs in with MSAL in each of the ways that its arguments name, and prints what came of it. */
import { ConfidentialClientApplication, type NodeAuthOptions } from "../deps/msal_node.ts";

const {
  GRAPH_ENDPOINT: graph = "",
  AZURE_AUTHORITY_HOST: host = "",
  AZURE_TENANT_ID: tenantId = "",
  AZURE_CLIENT_ID: clientId = "",
  AZURE_CLIENT_SECRET: clientSecret = "",
  CERTIFICATE: x5c = "",
  PRIVATE_KEY: privateKey = "",
  THUMBPRINT: thumbprintSha256 = "",
} = Deno.env.toObject();

const SIGN_INS: Record<string, Partial<NodeAuthOptions>> = {
  secret: { clientSecret },
  certificate: { clientCertificate: { thumbprintSha256, privateKey } },
  chain: { clientCertificate: { thumbprintSha256, privateKey, x5c } },
  domain: { clientSecret, authority: `${host}/contoso.com` },
  capabilities: { clientSecret, clientCapabilities: ["cp1"] },
  wrongSecret: { clientSecret: "a wrong secret" },
  wrongTenant: { clientSecret, authority: `${host}/fabrikam.com` },
  wrongCertificate: { clientCertificate: { thumbprintSha256: "00".repeat(32), privateKey } },
};

for (const name of Deno.args) {
  const application = new ConfidentialClientApplication({
    auth: {
      clientId,
      authority: `${host}/${tenantId}`,
      knownAuthorities: [new URL(host).host],
      ...SIGN_INS[name],
    },
  });
  const ask = (skipCache: boolean) =>
    application.acquireTokenByClientCredential({ scopes: [`${graph}/.default`], skipCache });
  try {
    const answers = [await ask(false), await ask(false), await ask(true)];
    const headers = { authorization: `Bearer ${answers[2]!.accessToken}` };
    const { status } = await fetch(`${graph}/v1.0/users`, { headers });
    const seconds = Math.round((answers[0]!.expiresOn!.getTime() - Date.now()) / 60_000) * 60;
    console.log(JSON.stringify({ cached: answers.map((answer) => answer!.fromCache), seconds, status }));
  } catch (error) {
    const { name, errorCode, errorNo, errorMessage, correlationId } = error as Record<string, unknown>;
    console.log(JSON.stringify({ name, errorCode, errorNo, errorMessage, correlationId }));
  }
}
