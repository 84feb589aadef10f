// Command oauth2-fapi signs people in as FAPI 2.0 asks, with golang.org/x/oauth2, go-oidc and pkg/dpop: it pushes its requests,
// authenticates by a key, and its tokens are bound to another. It owns its sessions, in memory, and never keeps a password.
package main
