// Package outbound calls addresses that stand in registrations of clients: those of back-channel logout, and those of published keys.
//
// Such an address is foreign input, and the call is made from inside our network, so it is made narrowly: https only, to public addresses
// only, as seen when the connection is made and not when the name was looked up before; no redirects, no proxies, five seconds, 64 KiB of
// headers. It never says what is sent, never reads an answer, and never decides when a call is made or made again.
package outbound
