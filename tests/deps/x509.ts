/** The one place that names the version of the library that makes the tests' certificates. */
// deno-lint-ignore no-import-prefix
import "npm:reflect-metadata@0.2.2"; // the library asks for it, and for it to come first
export {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "npm:@peculiar/x509@2.2.0";
