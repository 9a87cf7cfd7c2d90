/** The one place that names the version of Microsoft's JavaScript client of Graph. */
export {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  GraphError,
  PageIterator,
  ResponseType,
} from "npm:@microsoft/microsoft-graph-client@3.0.7";
