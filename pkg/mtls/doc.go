// Package mtls knows clients by their certificates: OAuth 2.0 Mutual-TLS (RFC 8705), the server's side, for the provider and for the APIs that
// its tokens are for.
//
// It owns where the certificate of a request is found: on the connection, or in the header Client-Cert (RFC 9440) if one of the server's own
// proxies sent it, and then only there; and the thumbprint that a token is bound to. Whoever shows a certificate on a connection has its key:
// TLS has seen to that. It never says whose a certificate is and never checks who issued it.
package mtls
