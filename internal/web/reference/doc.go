// Package reference shows the OpenAPI document of the management API as a page that people read: operations, parameters, bodies with
// examples, answers and schemas, made on the server, without a script and without anything from another site.
//
// It reads the document (OpenAPI 3.1) as any tool does and knows nothing else of the API, so the page can't say something else.
package reference
