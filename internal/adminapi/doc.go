// Package adminapi is the management API: people, practices, MFA, sessions, apps and integrations, support cases and the audit
// trail as JSON under /api/v1, with its OpenAPI document at /api/v1/openapi.json.
//
// It is a thin surface over package directory, which decides and records: nothing here knows who may do what to whom. Its own
// are the token of the caller and its scopes, fresh proofs where the pages ask for them, the shape of what comes in and goes
// out, versions of what is edited, and that a repeated request is carried out once.
//
// It follows RFC 6750 (bearer tokens), RFC 9068 (their form), RFC 9457 (problem details), RFC 9110 (ETag and If-Match), RFC 9470
// (asking for fresh proofs), RFC 8288 (links between pages), and draft-ietf-httpapi-idempotency-key-header.
//
// Each file holds one noun: its JSON, its operations, and their handlers. api.go lists them in order.
package adminapi
