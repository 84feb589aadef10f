// Package browser is what the HTML edge knows of a browser: the cookies it carries, the paths a sign-in walks, and the
// address it comes from.
//
// It owns the names, attributes and prefixes of every cookie (RFC 6265bis, section 4.1.3: `__Host-`), and the one exception:
// on plain http over loopback, the demo, cookies drop the prefix and Secure, and nothing else changes. It never looks inside
// a cookie: the values are opaque secrets of packages signin and session.
package browser
