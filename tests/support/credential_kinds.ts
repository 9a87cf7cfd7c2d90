import { createPrivateKey } from "node:crypto";
import { type Emulator, selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { exportJWK, generateKeyPair, SignJWT } from "../../lib/deps/jose.ts";
import { bySecret, byToken, endpoints } from "./command.ts";

const PASSWORD = "pass phrase";
const ISSUER = "https://token.actions.example";
const SUBJECT = "repo:contoso/photos";

/** An assertion from elsewhere that a tenant trusts. */
async function federatedToken(tenant: Emulator): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  tenant.registerFederatedKey(ISSUER, SUBJECT, await exportJWK(publicKey) as JsonWebKey);
  return await new SignJWT({}).setProtectedHeader({ alg: "RS256" }).setIssuer(ISSUER).setSubject(SUBJECT)
    .setAudience("api://AzureADTokenExchange").setIssuedAt().setExpirationTime("5m").setJti("1")
    .sign(privateKey);
}

/**
 * Writes the files of every kind of credential, and gives the environment that uses each: `app.pem`, `encrypted.pem`,
 * `assertion`, `token`.
 */
export async function makeCredentials(tenant: Emulator, folder: string) {
  const { certificate, privateKey } = await selfSignedCertificate();
  await tenant.registerCertificate(certificate);
  const encrypted = createPrivateKey(privateKey).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: PASSWORD,
  });
  const token = await tenant.issueToken();
  await Promise.all(
    Object.entries({
      "app.pem": certificate + privateKey,
      "encrypted.pem": certificate + encrypted,
      "assertion": await federatedToken(tenant),
      "token": token,
    }).map(([name, text]) => Deno.writeTextFile(`${folder}/${name}`, text)),
  );
  const app = {
    ...endpoints(tenant),
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
  };
  const user = tenant.directory.signedInUser.id;
  return {
    token: byToken(tenant, token),
    ownToken: byToken(tenant, await tenant.issueToken({ user, scopes: ["User.ReadWrite"] })),
    secret: { ...bySecret(tenant), NO_COLOR: "1" },
    app,
    certificate: {
      ...app,
      AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/encrypted.pem`,
      AZURE_CLIENT_CERTIFICATE_PASSWORD: PASSWORD,
      AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: "true",
    },
    federated: { ...app, AZURE_FEDERATED_TOKEN_FILE: `${folder}/assertion` },
    github: { ...endpoints(tenant), ...tenant.platformVariables("github") },
    azurePipelines: { ...endpoints(tenant), ...tenant.platformVariables("azurePipelines") },
    appService: { ...endpoints(tenant), ...tenant.platformVariables("appService") },
    none: {},
  } satisfies Record<string, Record<string, string>>;
}
