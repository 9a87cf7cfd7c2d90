/** The environment variables that platforms set which give what runs on them an identity, with what each of them holds. */
export const PLATFORM_VARIABLES = {
  GITHUB_ACTIONS: "GitHub Actions: true in every job",
  ACTIONS_ID_TOKEN_REQUEST_URL: "GitHub Actions: where a job with id-token: write gets its OIDC token,",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "and the token for that",
  SYSTEM_OIDCREQUESTURI: "Azure Pipelines: where a job gets its OIDC token,",
  SYSTEM_ACCESSTOKEN: "and the job's access token, which the pipeline must map,",
  AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "and the id of the service connection",
  IDENTITY_ENDPOINT: "managed identity: where an Azure service or Azure Arc gives its tokens,",
  IDENTITY_HEADER: "and the secret for that (App Service and the like),",
  IMDS_ENDPOINT: "or what marks Azure Arc,",
  IDENTITY_SERVER_THUMBPRINT: "or Service Fabric, which is not supported",
  MSI_ENDPOINT: "the same in Azure Cloud Shell, and in older services,",
  MSI_SECRET: "with their secret",
  PROGRAMDATA: "the folder above that of Azure Arc's keys (Windows only)",
} as const;

/** The environment variables that describe a credential, with what each of them holds. */
export const CREDENTIAL_VARIABLES = {
  GRAPH_ACCESS_TOKEN: "access token; if set, the following are ignored",
  AZURE_TENANT_ID: "tenant of the app to sign in as",
  AZURE_CLIENT_ID: "client id of the app",
  AZURE_CLIENT_SECRET: "secret of the app,",
  AZURE_CLIENT_CERTIFICATE_PATH: "or PEM or PFX file with its certificate and key,",
  AZURE_CLIENT_CERTIFICATE_PASSWORD: "and its password if it is encrypted,",
  AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: "and true to send the whole certificate chain,",
  AZURE_FEDERATED_TOKEN_FILE: "or file with a federated token (workload identity)",
  AZURE_AUTHORITY_HOST: "sign-in service, if not that of the cloud",
  ...PLATFORM_VARIABLES,
} as const;

/**
 * All environment variables that are read, with what each of them holds. Those of the runtime, such as `HTTP_PROXY`
 * and `NO_COLOR`, need no permission and are not among them.
 */
export const ENVIRONMENT_VARIABLES = {
  ...CREDENTIAL_VARIABLES,
  GRAPH_ENDPOINT: "Microsoft Graph, if not that of the cloud",
} as const;

/** The name of an environment variable that is read. */
export type EnvironmentVariable = keyof typeof ENVIRONMENT_VARIABLES;
