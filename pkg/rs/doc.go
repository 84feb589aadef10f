// Package rs protects an API with the access tokens of APS ID: tokens that are meant for it (RFC 9068), bound to the key or the certificate of their
// client where they say so (RFC 9449 and 8705), with the scopes and the strength that an operation needs (RFC 6750 and 9470).
//
//	api, err := rs.New(rs.Config{Issuer: "https://id.example.com", Audience: "https://rota.example.com/api", URL: "https://rota.example.com"})
//	mux.Handle("GET /shifts", api.Require(rs.Needs{Scope: "rota.read"}, shifts))
//	mux.Handle("POST /bank", api.Require(rs.Needs{Scope: "bank.write", ACR: apsid.ACRMFA, MaxAge: 15 * time.Minute}, bank))
//
// and a handler asks who is there:
//
//	token, _ := rs.TokenFrom(r.Context())
//
// An API that speaks TLS itself asks for certificates (tls.RequestClientCert) to take tokens that are bound to one; behind proxies, it says in
// Config.Certificate which of them pass the certificate (package mtls).
//
// It owns the checks of a token and of its proof, and the answers to requests that do not pass. It asks the provider for its keys, and for
// nothing else unless it is told to: what it says of a token holds for at most as long as the token lives, five minutes for a person's. An
// operation that can't be taken back asks with Needs.Live, which costs a request to the provider. It never knows what an API does, and
// keeps nothing but keys and the proofs of the last minute.
package rs
