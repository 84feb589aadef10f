// Command api-go is the API of the guide for developers of APIs that is written in Go: it takes the access tokens that are meant for it, and
// no others.
package main
