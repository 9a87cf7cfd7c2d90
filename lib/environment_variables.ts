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
