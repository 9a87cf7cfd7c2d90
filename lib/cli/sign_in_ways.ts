/** A way to sign in. */
interface SignInWay {
  /** Its name. */
  way: string;
  /** Where its credential comes from: variables and options. */
  sources: readonly string[];
  /** What to do to use it. */
  how: string;
}

const IDS = "AZURE_TENANT_ID and AZURE_CLIENT_ID";

/** Every way to sign in, in order of precedence. */
const SIGN_IN_WAYS: readonly SignInWay[] = [
  {
    way: "access token",
    sources: ["--token-file", "GRAPH_ACCESS_TOKEN"],
    how: "pass --token-file, or set GRAPH_ACCESS_TOKEN",
  },
  { way: "client secret", sources: ["AZURE_CLIENT_SECRET"], how: `set ${IDS}, and AZURE_CLIENT_SECRET` },
  {
    way: "certificate",
    sources: ["--certificate", "AZURE_CLIENT_CERTIFICATE_PATH"],
    how: `set ${IDS}, and AZURE_CLIENT_CERTIFICATE_PATH or --certificate`,
  },
  {
    way: "federated token",
    sources: ["AZURE_FEDERATED_TOKEN_FILE"],
    how: `set ${IDS}, and AZURE_FEDERATED_TOKEN_FILE (workload identity of AKS sets all three)`,
  },
  {
    way: "GitHub Actions",
    sources: ["ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_ACTIONS", "--sign-in github"],
    how: `in a job with the permission id-token: write, set ${IDS}`,
  },
  {
    way: "Azure Pipelines",
    sources: ["SYSTEM_OIDCREQUESTURI", "--sign-in azure-pipelines"],
    how: `in a task AzureCLI@2, map SYSTEM_ACCESSTOKEN: $(System.AccessToken), and set ${IDS}`,
  },
  {
    way: "managed identity",
    sources: ["IDENTITY_ENDPOINT", "--sign-in managed-identity"],
    how:
      "in App Service, Functions, Container Apps, Automation or Azure Arc, turn the identity on; AZURE_CLIENT_ID " +
      "selects a user-assigned one; on a virtual machine, pass --sign-in managed-identity",
  },
  {
    way: "browser",
    sources: ["--sign-in browser"],
    how: "pass --sign-in browser, and --client-id of an app of your own",
  },
  {
    way: "device code",
    sources: ["--sign-in device"],
    how: "pass --sign-in device, and --client-id of an app of your own",
  },
];

/** Returns every way to sign in, whether the credential is of this way, and what to do to use it. */
export const describeSignInWays = (source: string): { way: string; used: boolean; how: string }[] =>
  SIGN_IN_WAYS.map(({ way, sources, how }) => ({ way, used: sources.includes(source), how }));
