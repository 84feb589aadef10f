// Package conform checks a running app against what APS ID asks of apps: how it lets people sign in, when its sessions end,
// what counts as a person's activity, and how it takes back-channel logout.
//
// It plays both sides at once: the provider that the app is configured with, which may lie as an attacker would, and the
// browser of a person who uses the app. It knows the app only through HTTP, so the app may be written in anything. It holds no
// account, keeps nothing, speaks on loopback, and is no provider to sign in with: every caller is signed in.
//
// Most checks pass if the app refuses something, and an app that refuses everything would pass them. So each stands between two
// honest sign-ins, and rests on a control besides where a sign-in is not enough: a good logout token, a session that goes on,
// input on the app's own page.
//
// A check is of a specification, which it names, or of what our contract asks beyond them.
//
// It follows OpenID Connect Core 1.0 (section 3.1), RFC 9700 (section 2.1), RFC 9207, OpenID Connect Back-Channel Logout 1.0
// (section 2) and the inactivity contract of package apsid.
package conform
