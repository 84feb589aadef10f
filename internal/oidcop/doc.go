// Package oidcop is the protocol surface: OpenID Connect and OAuth 2.0 over HTTP. It is the only importer of zitadel/oidc.
//
// It owns discovery, keys, /authorize and the end of a sign-in, the token endpoint and its four grants, userinfo,
// introspection, revocation and logout, and the inactivity contract; what a code, an access token, an ID token and a refresh
// token hold; and who may ask for which. It never asks a person for a proof (package signin does), never decides whether MFA
// is needed (package policy), and never writes a page (its Pages port).
//
// The endpoints are handlers of its own over the library's types. A gate stands before those that programs call: it looks at the form or
// the token of a request once, refuses what the specifications refuse, and authenticates the client. The library's router and server are
// not used: they look at everything a second time, and can't answer people, with pages and forms. Discovery and keys are documents that
// are made before anybody asks.
//
// Choices where the specifications leave one:
//   - scope: what is unknown, or what a client is not registered for, is left out (OpenID Connect Core, sections 3.1.2.1 and 11), and
//     the answer of the token endpoint says what was granted. openid must be among them; it is implied in every registration of an app.
//     A machine that asks for more than it has is told so: it is invalid_scope.
//   - prompt: select_account is login, because the sign-in page asks who it is; consent shows nothing, because APS's own apps
//     need none (libraries send it together with offline_access). A value that no specification defines is invalid_request.
//   - acr_values is voluntary and in order of preference: unknown values are ignored, and the first known one counts. The ID token tells the
//     first one that the session reaches, so that an app which asks for MFA finds that, also where a passkey was more. An essential acr in
//     the claims parameter (section 5.5.1.1) is
//     binding: one that cannot be reached is unmet_authentication_requirements. Of the rest of that parameter only a requested
//     subject is looked at, so discovery does not claim to support it.
//   - aud of an access token: a person's is for the app itself and for the provider (userinfo), a machine's for the configured
//     API audience. So userinfo refuses a machine's token, and one app's token is of no use at another.
//   - resource (RFC 8707) names the registered API that a token is for instead. An authorization request may name a few, a token is for
//     one: the one that the token request names, or else the first. Its aud is that API alone and its scope only the API's own. The issuer
//     may be named too, and is always among what is granted: its token is the one for userinfo and the activity endpoint. A scope of an
//     API without its API stays in the token for the app itself, which no API takes. A token that would have no scope is not given.
//   - token exchange (RFC 8693) has one purpose: an app, or an API that was called for a person, calls an API of another app for that
//     person. Who may call which is registered pair by pair; the new token is of the same session, has no more scope and no more time, and is
//     given and good only while the person could be at the app that the API is part of. There are no actor tokens, and no other types.
//   - sign-on groups: the proofs of a sign-in at one app answer a request of another app of its group as an own session would,
//     with the same questions asked of them, and start a session there. A session that has ended never comes back without a
//     form: an app whose session in this browser is over is entered again only on proofs that are newer than that end. A logout
//     at one app ends the sign-in at all of them.
//
// Specifications: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0 and Back-Channel Logout 1.0 (its messages are
// package backchannel's); RFC 6749, 6750, 7009, 7636, 7662, 8252, 8693, 8707, 9068, 9207, 9457 and 9700.
package oidcop
