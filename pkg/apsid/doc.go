// Package apsid is the public vocabulary of APS ID: the values and names that an app, an integration and the provider
// must agree on. It holds constants and small wire types only, imports nothing of the provider, and changes only by
// addition.
//
// It follows OpenID Connect Core 1.0 (section 2 for `acr`, `amr` and `auth_time`), RFC 8176 (values of `amr`) and OpenID
// Connect Back-Channel Logout 1.0 (`sid`).
package apsid
