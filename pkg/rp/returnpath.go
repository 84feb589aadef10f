package rp

import (
	"net/url"
	"strings"
)

// maxReturnPath keeps the cookie that carries it well under the 4 KiB a browser takes.
const maxReturnPath = 1500

// returnPath returns text if it is a path of this app, with its query, and "/" for anything else: another host ("//host",
// "/\host"), another scheme, control characters, too long.
func returnPath(text string) string {
	const home = "/"
	if !strings.HasPrefix(text, "/") || len(text) > maxReturnPath {
		return home
	}
	for _, c := range text {
		if c < ' ' || c == 0x7f || c == '\\' { // browsers read a backslash as a slash and drop tabs and line ends
			return home
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return home
	}
	return text
}
