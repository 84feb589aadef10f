// Command api-rs is an API that package pkg/rs protects: it takes access tokens that are meant for it, as bearer tokens or bound to the key
// of their client, asks for scopes and for a strong and young sign-in where an operation needs one, and asks the provider, which signs its
// answer, before what can't be taken back.
package main
