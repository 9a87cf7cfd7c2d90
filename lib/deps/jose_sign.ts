/** What signs a JWT by a certificate's key: apart from the rest of `jose`, which takes as long again to load. */
export { SignJWT } from "npm:jose@6.2.18/jwt/sign";
export { importPKCS8 } from "npm:jose@6.2.18/key/import";
