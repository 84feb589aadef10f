package web

import "testing"

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := Number(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 people", 1: "1 person", 2: "2 people", 1200: "1,200 people"} {
		if got := Counted(n, "person", "people"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
