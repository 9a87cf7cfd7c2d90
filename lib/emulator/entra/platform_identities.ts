import { exportJWK, generateKeyPair, SignJWT } from "../../deps/jose.ts";
import type { PlatformName, PlatformOptions } from "../emulator.ts";
import { encodeBase64Url } from "../encoding.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";
import { type AccessTokens, graphAudiences, type TokenSettings } from "./access_tokens.ts";
import type { AppRegistration } from "./app_registration.ts";

const IDENTITY_OBJECT_ID = "0e000000-0000-4000-8000-000000000001";
const SERVICE_CONNECTION_ID = "44444444-4444-4444-8444-444444444444";

/** What a platform that issues OIDC tokens puts into them. */
interface Issuer {
  readonly issuer: string;
  readonly subject: string;
  /** Seconds. */
  readonly lifetime: number;
}

const ISSUERS = {
  github: {
    issuer: "https://token.actions.githubusercontent.com",
    subject: "repo:contoso/photos:ref:refs/heads/main",
    lifetime: 300,
  },
  azurePipelines: {
    issuer: "https://vstoken.dev.azure.com/55555555-5555-4555-8555-555555555555",
    subject: "sc://contoso/photos/graph",
    lifetime: 600,
  },
} as const satisfies Partial<Record<PlatformName, Issuer>>;

/** Thrown when an endpoint refuses a request. */
class Refusal extends Error {
  readonly response: EmulatorResponse;

  constructor(response: EmulatorResponse) {
    super("refused");
    this.response = response;
  }
}

const imdsError = (error: string, error_description: string) =>
  new Refusal(jsonResponse(400, { error, error_description }));
const appServiceError = (StatusCode: number, Message: string) =>
  new Refusal(jsonResponse(StatusCode, { StatusCode, Message, CorrelationId: crypto.randomUUID() }));
const azureDevOpsError = (status: number, message: string) =>
  new Refusal(jsonResponse(status, { $id: "1", innerException: null, message, typeKey: "Exception" }));

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
type Handler = (request: EmulatorRequest, parameters: URLSearchParams) => Promise<EmulatorResponse>;

const randomText = () => encodeBase64Url(crypto.getRandomValues(new Uint8Array(24)));

/**
 * The endpoints of platforms that give what runs on them an identity: access tokens of a managed identity, and OIDC
 * tokens of pipelines, which the registered app trusts. The user-assigned identity has the client id of the app.
 */
export class PlatformIdentities {
  readonly #settings: TokenSettings;
  readonly #app: AppRegistration;
  readonly #tokens: AccessTokens;
  /** Of App Service, and of the jobs. */
  readonly #secrets = { appService: randomText(), github: randomText(), azurePipelines: randomText() };
  readonly #options: Partial<Record<PlatformName, PlatformOptions>> = {};
  readonly #arcKeys = new Set<string>();
  readonly #keyPairs = new Map<string, Promise<KeyPair>>();

  /** By path. */
  readonly #handlers: Readonly<Record<string, Handler>> = {
    "/metadata/identity/oauth2/token": (request, query) => this.#imds(request, query),
    "/msi/token": (request, query) => this.#appService(request, query),
    "/arc/metadata/identity/oauth2/token": (request, query) => this.#arc(request, query),
    "/github/idtoken": (request, query) => this.#github(request, query),
    "/azure-pipelines/oidctoken": (request, query) => this.#azurePipelines(request, query),
  };

  constructor(settings: TokenSettings, app: AppRegistration, tokens: AccessTokens) {
    this.#settings = settings;
    this.#app = app;
    this.#tokens = tokens;
  }

  /** Returns the variables that a platform sets for a process. */
  variables(platform: PlatformName, options: PlatformOptions): Record<string, string> {
    this.#options[platform] = options;
    const { url, tenantId, clientId } = this.#settings;
    const ids = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId };
    const { appService, github, azurePipelines } = this.#secrets;
    const variables: Record<PlatformName, Record<string, string>> = {
      appService: { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: appService },
      arc: { IDENTITY_ENDPOINT: `${url}/arc/metadata/identity/oauth2/token`, IMDS_ENDPOINT: `${url}/arc` },
      github: {
        ...ids,
        GITHUB_ACTIONS: "true",
        ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/github/idtoken?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: github,
      },
      azurePipelines: {
        ...ids,
        SYSTEM_OIDCREQUESTURI: `${url}/azure-pipelines/oidctoken`,
        SYSTEM_ACCESSTOKEN: azurePipelines,
        AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: SERVICE_CONNECTION_ID,
      },
    };
    return variables[platform];
  }

  /** Returns the response to a request to one of the endpoints; `undefined` for any other request. */
  async respond(request: EmulatorRequest): Promise<EmulatorResponse | undefined> {
    const [path = "", query] = request.url.split("?");
    const handler = Object.hasOwn(this.#handlers, path) ? this.#handlers[path] : undefined;
    try {
      return await handler?.(request, new URLSearchParams(query));
    } catch (error) {
      if (error instanceof Refusal) return error.response;
      throw error;
    }
  }

  async #imds({ method, headers }: EmulatorRequest, query: URLSearchParams): Promise<EmulatorResponse> {
    if (method !== "GET") throw new Refusal(jsonResponse(405, { error: "method_not_allowed" }));
    if (headers.metadata?.toLowerCase() !== "true" || headers["x-forwarded-for"] !== undefined) {
      throw imdsError("bad_request_102", "Required metadata header not specified");
    }
    this.#checkQuery(query, "2018-02-01", (message) => imdsError("invalid_request", message));
    return await this.#accessToken(query);
  }

  async #appService({ method, headers }: EmulatorRequest, query: URLSearchParams): Promise<EmulatorResponse> {
    if (method !== "GET") throw appServiceError(405, "Method not allowed");
    if (headers["x-identity-header"] !== this.#secrets.appService) {
      throw appServiceError(401, "The X-IDENTITY-HEADER header is missing or invalid.");
    }
    this.#checkQuery(
      query,
      "2019-08-01",
      (message) =>
        appServiceError(
          400,
          message.replace(
            /^Identity not found$/,
            "No Managed Identity found for specified " +
              "ClientId/ResourceId/PrincipalId.",
          ),
        ),
    );
    return await this.#accessToken(query);
  }

  async #arc({ headers }: EmulatorRequest, query: URLSearchParams): Promise<EmulatorResponse> {
    if (headers.metadata?.toLowerCase() !== "true") {
      throw imdsError("bad_request_102", "Required metadata header not specified");
    }
    this.#checkQuery(query, "2020-06-01", (message) => imdsError("invalid_request", message));
    const [, key = ""] = /^Basic (\S+)$/.exec(headers.authorization ?? "") ?? [];
    if (this.#arcKeys.delete(key)) return await this.#accessToken(query);
    const folder = this.#options.arc?.arcFolder ?? "/var/opt/azcmagent/tokens/";
    const path = `${folder}${crypto.randomUUID()}.key`;
    const newKey = randomText();
    const { writeFile } = await import("node:fs/promises"); // dynamic, as a bundle would load it at every start
    await writeFile(path, newKey, { mode: 0o600 });
    this.#arcKeys.add(newKey);
    const challenge = { "www-authenticate": `Basic realm=${path}` };
    return jsonResponse(401, { error: "unauthorized_client", error_description: "Challenge" }, challenge);
  }

  async #github({ method, headers }: EmulatorRequest, query: URLSearchParams): Promise<EmulatorResponse> {
    if (headers.authorization !== `Bearer ${this.#secrets.github}` || method !== "GET") {
      throw new Refusal(jsonResponse(401, { message: "Unauthorized" }));
    }
    const value = await this.#oidcToken("github", query.get("audience") ?? "https://github.com/contoso");
    return jsonResponse(200, { count: value.length, value });
  }

  async #azurePipelines(
    { method, headers }: EmulatorRequest,
    query: URLSearchParams,
  ): Promise<EmulatorResponse> {
    if (method !== "POST") {
      throw azureDevOpsError(405, `The requested resource does not support http method '${method}'.`);
    }
    if (headers.authorization !== `Bearer ${this.#secrets.azurePipelines}`) {
      if (headers["x-tfs-fedauthredirect"] === "Suppress") {
        throw azureDevOpsError(401, "TF400813: not authorized");
      }
      throw new Refusal({ status: 302, headers: { location: `${this.#settings.url}/_signin` } });
    }
    if (!query.get("api-version")) {
      throw azureDevOpsError(400, "No api-version was supplied for the request.");
    }
    if (query.get("serviceConnectionId") !== SERVICE_CONNECTION_ID) {
      throw azureDevOpsError(
        404,
        `No service connection found with identifier ${query.get("serviceConnectionId")}.`,
      );
    }
    return jsonResponse(200, {
      oidcToken: await this.#oidcToken("azurePipelines", "api://AzureADTokenExchange"),
    });
  }

  /** Checks what the endpoints of managed identities have in common. */
  #checkQuery(query: URLSearchParams, version: string, refusal: (message: string) => Refusal): void {
    if (query.get("api-version") !== version) throw refusal("The api-version is missing or not supported.");
    const resource = query.get("resource");
    if (!resource) throw refusal("The resource parameter is missing.");
    if (!graphAudiences(this.#settings.url).includes(resource)) {
      throw refusal(`AADSTS500011: The resource principal named ${resource} was not found in the tenant.`);
    }
    const id = query.get("client_id");
    if (id !== null && id.toLowerCase() !== this.#settings.clientId) throw refusal("Identity not found");
  }

  async #accessToken(query: URLSearchParams): Promise<EmulatorResponse> {
    const { lifetime } = this.#settings;
    const { permissions } = this.#app.options;
    const roles = permissions.length > 0 ? { roles: permissions } : {};
    const caller = { idtyp: "app", oid: IDENTITY_OBJECT_ID, sub: IDENTITY_OBJECT_ID, ...roles };
    const id = query.get("client_id");
    return jsonResponse(200, {
      access_token: await this.#tokens.issue(caller, {}),
      ...(id === null ? {} : { client_id: id }),
      expires_on: String(Math.floor(Date.now() / 1000) + lifetime),
      resource: query.get("resource"),
      token_type: "Bearer",
    });
  }

  /** Returns a signed OIDC token; the app trusts its issuer and subject, unless an option says otherwise. */
  async #oidcToken(platform: keyof typeof ISSUERS, audience: string): Promise<string> {
    const { issuer, subject: usual, lifetime } = ISSUERS[platform];
    const { subject = usual, trusted = true } = this.#options[platform] ?? {};
    const keys = this.#keyPairs.get(issuer) ?? generateKeyPair("RS256");
    this.#keyPairs.set(issuer, keys);
    const { publicKey, privateKey } = await keys;
    if (trusted) this.#app.addFederatedKey(issuer, subject, await exportJWK(publicKey) as JsonWebKey);
    return await new SignJWT({}).setProtectedHeader({ alg: "RS256", typ: "JWT", kid: platform })
      .setIssuer(issuer).setSubject(subject).setAudience(audience).setJti(crypto.randomUUID())
      .setIssuedAt().setNotBefore("0s").setExpirationTime(`${lifetime}s`).sign(privateKey);
  }
}
