/** All of `jose`: JWT signing and verification. Its version stands here and in `jose_sign.ts`. */
export * from "npm:jose@6.2.18";
