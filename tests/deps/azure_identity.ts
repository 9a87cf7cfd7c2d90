/** The one place that names the version of Microsoft's credentials for JavaScript. */
export {
  AzurePipelinesCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
} from "npm:@azure/identity@4.14.1";
