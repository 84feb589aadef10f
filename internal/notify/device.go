package notify

import (
	"net/netip"
	"strings"
)

// deviceOf names browser and system in our own words. The client chooses the header freely: quoting it would let an attacker
// write a sentence into a warning that we send to the victim.
func deviceOf(userAgent string) string {
	browser := firstNamed(userAgent, [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := firstNamed(userAgent, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Mac OS X", "Mac"}, {"Macintosh", "Mac"}, {"Linux", "Linux"},
	})
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	case system != "":
		return system
	default:
		return "an unknown browser"
	}
}

// firstNamed takes the first match: browsers that come earlier in the list send the later tokens too.
func firstNamed(userAgent string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(userAgent, name[0]) {
			return name[1]
		}
	}
	return ""
}

// addressOf is the network address, if it is one.
func addressOf(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return "unknown"
	}
	return address.Unmap().WithZone("").String()
}
