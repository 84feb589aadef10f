package dpop

import (
	"net/url"
	"strings"
)

// sameAddress compares two addresses without their query and fragment, after what RFC 3986, sections 6.2.2 and 6.2.3, makes of them: in
// whatever case their scheme and host are, with or without the port that a scheme has by itself.
func sameAddress(a, b string) bool {
	one, ok := parts(a)
	other, fine := parts(b)
	return ok && fine && one == other
}

type address struct{ scheme, host, port, path string }

func parts(text string) (address, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return address{}, false
	}
	a := address{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.EscapedPath()}
	if a.scheme != "https" && a.scheme != "http" {
		return address{}, false
	}
	if a.scheme == "https" && a.port == "443" || a.scheme == "http" && a.port == "80" {
		a.port = ""
	}
	a.path = normal(a.path)
	return a, true
}

// normal writes a path as RFC 3986, section 6.2.2, does: escapes in upper case, none of what needs none. Dot segments stay: a server takes
// what it is asked for, and no client makes them.
func normal(path string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b.WriteByte(path[i])
			continue
		}
		high, low := strings.IndexByte(hex, upper(path[i+1])), strings.IndexByte(hex, upper(path[i+2]))
		if high < 0 || low < 0 {
			b.WriteByte(path[i])
			continue
		}
		if c := byte(high<<4 | low); isUnreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(string([]byte{'%', hex[high], hex[low]}))
		}
		i += 2
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'f' {
		return c - 'a' + 'A'
	}
	return c
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
