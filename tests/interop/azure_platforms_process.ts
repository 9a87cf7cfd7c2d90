/** A script that has the platforms' credentials from `@azure/identity`. It removes a photo by each of them, and prints how. */
import { removeProfilePhoto } from "../../mod.ts";
import { AzurePipelinesCredential, ManagedIdentityCredential } from "../deps/azure_identity.ts";

const { GRAPH_ENDPOINT: graph = "", AZURE_AUTHORITY_HOST: authority = "" } = Deno.env.toObject();
const [appService, pipelines] = Deno.args.map((json) => JSON.parse(json));
const options = { disableInstanceDiscovery: true, authorityHost: authority };
for (const [name, value] of Object.entries({ ...appService, ...pipelines })) {
  Deno.env.set(name, String(value));
}

const removals = {
  "alex@contoso.com": new ManagedIdentityCredential(),
  "diego@contoso.com": new ManagedIdentityCredential({ clientId: pipelines.AZURE_CLIENT_ID }),
  "grady@contoso.com": new AzurePipelinesCredential(
    pipelines.AZURE_TENANT_ID,
    pipelines.AZURE_CLIENT_ID,
    pipelines.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID,
    pipelines.SYSTEM_ACCESSTOKEN,
    options,
  ),
};
for (const [user, credential] of Object.entries(removals)) {
  const result = await removeProfilePhoto({ user }, { credential, cloud: { graph, authority } }).then(
    ({ outcome }) => ({ outcome }),
    ({ code, message }) => ({ code, message }),
  );
  console.log(JSON.stringify(result));
}
