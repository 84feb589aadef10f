package activity

import "strings"

// Device words a User-Agent header: "Chrome on Windows". The header is the browser's own claim, good enough for a person to
// recognise their own browser and for nothing else. A program that is no browser is shown by its own name, shortened.
func Device(userAgent string) string {
	if userAgent == "" {
		return ""
	}
	if !strings.HasPrefix(userAgent, "Mozilla/") {
		return program(userAgent)
	}
	browser, system := first(userAgent, browsers), first(userAgent, systems)
	switch {
	case browser == "" && system == "":
		return "An unknown browser"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	default:
		return browser + " on " + system
	}
}

// mark is a sign in a User-Agent header, and what it stands for.
type mark struct{ sign, name string }

// browsers and systems are in the order in which they are looked for: a browser also names those that it derives from.
var (
	browsers = []mark{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = []mark{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"}, {"Linux", "Linux"},
	}
)

func first(userAgent string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(userAgent, m.sign) {
			return m.name
		}
	}
	return ""
}

func program(userAgent string) string {
	const longest = 40
	name, _, _ := strings.Cut(userAgent, " ")
	runes := []rune(name)
	if len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return name
}
