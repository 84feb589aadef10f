package web

import "testing"

func TestListsAndCounts(t *testing.T) {
	for want, words := range map[string][]string{"": nil, "A": {"A"}, "A and B": {"A", "B"}, "A, B and C": {"A", "B", "C"}} {
		if got := List(words...); got != want {
			t.Errorf("%v: %q, want %q", words, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 tries", 1: "1 try", 2: "2 tries", 1204: "1,204 tries"} {
		if got := Count(n, "try", "tries"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestAMistakeNamesItsField(t *testing.T) {
	for _, c := range []struct{ field, text, want string }{
		{"name", "must not be empty, nor begin or end with a space", "The name must not be empty, nor begin or end with a space."},
		{"label", "must not be longer than 80 characters", "The name must not be longer than 80 characters."},
		{"redirect_uris/0", "must not be empty", "The redirect uris must not be empty."},
		{"new_password", "is longer than 1024 bytes", "The password is longer than 1024 bytes."},
		{"username", "This email address belongs to somebody already.", "This email address belongs to somebody already."},
		{"roles", "there is no such role", "There is no such role."},
	} {
		if got := sentence(c.field, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.field, got, c.want)
		}
	}
}
