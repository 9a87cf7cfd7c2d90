/** The one place that names the version of Microsoft's authentication library for Node. */
export { ConfidentialClientApplication, type NodeAuthOptions } from "npm:@azure/msal-node@7.2.3";
