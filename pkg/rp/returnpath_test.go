package rp

import "testing"

func TestReturnPathStaysInTheApp(t *testing.T) {
	for text, want := range map[string]string{
		"/timesheets?week=12#x":        "/timesheets?week=12#x",
		"/":                            "/",
		"":                             "/",
		"timesheets":                   "/",
		"//evil.example":               "/",
		"///evil.example":              "/",
		"/\\evil.example":              "/",
		"/\tevil":                      "/",
		"/\t/evil.example":             "/",
		"/a\r\nSet-Cookie: x=1":        "/",
		"https://evil.example/":        "/",
		"javascript:alert(1)":          "/",
		"/%zz":                         "/",
		"/" + string(make([]byte, 9)):  "/",
		"/ok/%2f%2fevil.example":       "/ok/%2f%2fevil.example",
		"/%2fevil.example":             "/",
		"/redirect?to=//evil.example/": "/redirect?to=//evil.example/",
	} {
		if got := returnPath(text); got != want {
			t.Errorf("returnPath(%q) = %q, want %q", text, got, want)
		}
	}
}
