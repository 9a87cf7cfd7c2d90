/** The one place that names the version of Microsoft's credentials for JavaScript. */
export {
  ClientCertificateCredential,
  ClientSecretCredential,
  EnvironmentCredential,
} from "npm:@azure/identity@4.14.1";
