/** A script that has its credentials from `@azure/identity`. It removes a photo by each of them, and prints how. */
import { removeProfilePhoto } from "../../mod.ts";
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  EnvironmentCredential,
} from "../deps/azure_identity.ts";

const {
  GRAPH_ENDPOINT: graph = "",
  AZURE_AUTHORITY_HOST: authority = "",
  AZURE_TENANT_ID: tenantId = "",
  AZURE_CLIENT_ID: clientId = "",
  AZURE_CLIENT_SECRET: secret = "",
  AZURE_CLIENT_CERTIFICATE_PATH: certificatePath = "",
} = Deno.env.toObject();
const options = { disableInstanceDiscovery: true }; // the host is none of Microsoft's

const removals = {
  "alex@contoso.com": new ClientSecretCredential(tenantId, clientId, secret, options),
  "diego@contoso.com": new ClientCertificateCredential(tenantId, clientId, { certificatePath }, options),
  "grady@contoso.com": new EnvironmentCredential(options),
  "joni@contoso.com": new ClientSecretCredential(tenantId, clientId, "a wrong secret", options),
};
for (const [user, credential] of Object.entries(removals)) {
  const result = await removeProfilePhoto({ user }, { credential, cloud: { graph, authority } }).then(
    ({ outcome, attempts }) => ({ outcome, attempts }),
    ({ name, code, aadstsCodes, hint, message }) => ({ name, code, aadstsCodes, hint, message }),
  );
  console.log(JSON.stringify(result));
}
