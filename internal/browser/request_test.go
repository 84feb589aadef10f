package browser

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// W3C Trace Context, sections 3.2 and 4.3. A trace that can't be is ignored, as is one that no proxy of ours vouches for.
func TestTracesAreReadStrictly(t *testing.T) {
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	const good = "00-" + id + "-" + parent + "-01"
	addresses := NewAddresses([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	read := func(from string, headers ...string) Trace {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = from
		for _, header := range headers {
			r.Header.Add("traceparent", header)
		}
		return addresses.Read(r).Trace
	}
	want := Trace{ID: id, Parent: parent}
	for _, header := range []string{good, "01-" + id + "-" + parent + "-01", "cc-" + id + "-" + parent + "-00-what-a-later-version-adds"} {
		if got := read("10.1.2.3:4711", header); got != want {
			t.Errorf("%s: %+v", header, got)
		}
	}
	for _, header := range []string{
		"", "00", good + "-01", good + "x", " " + good, good + "\r\nforged=1", good + "\x1b[31m", "ff" + good[2:], strings.ToUpper(good),
		"00-" + strings.Repeat("0", 32) + "-" + parent + "-01", "00-" + id + "-" + strings.Repeat("0", 16) + "-01", "00-" + id[1:] + "-" + parent + "-01",
		"cc-" + id + "-" + parent + "-00-" + strings.Repeat("a", 1<<20), "00-" + id + parent + "-01", "0x-" + id + "-" + parent + "-01",
	} {
		if got := read("10.1.2.3:4711", header); got != (Trace{}) {
			t.Errorf("%.80q: %+v", header, got)
		}
	}
	if got := read("10.1.2.3:4711", good, good); got != (Trace{}) {
		t.Errorf("twice: %+v", got)
	}
	if got := read("198.51.100.7:4711", good); got != (Trace{}) {
		t.Errorf("from anybody: %+v", got)
	}
}
