package policy

import "strconv"

// KnownBrowsers is how many counters of its own a person's password has beside the shared one: each browser that has signed the
// person in before counts on one of them. Whoever guesses from elsewhere can lock the shared one and no other, so the owner
// still gets in; and however many browsers there are, not more than KnownBrowsers+1 times MaxFailures guesses are evaluated
// before all of them are locked.
const KnownBrowsers = 10

// PasswordGuard names the failure counter of a password: by user name, so that unknown names count alike. The name may be
// whatever somebody typed.
func PasswordGuard(username string) string { return "username:" + username }

// KnownGuard names the counter of one of the KnownBrowsers (0 to 9). No user name makes PasswordGuard return the same.
func KnownGuard(username string, browser int) string {
	return "known-browser:" + strconv.Itoa(browser) + ":" + username
}

// PasswordGuards lists all counters of a password, in the order in which a transaction takes them: the shared one last.
func PasswordGuards(username string) []string {
	var names []string
	for browser := range KnownBrowsers {
		names = append(names, KnownGuard(username, browser))
	}
	return append(names, PasswordGuard(username))
}
