package policy

import (
	"crypto/sha256"
	"strconv"
)

// KnownBrowsers is how many counters of its own a person's password has beside the shared one: each browser that has signed the
// person in before counts on one of them. An attacker who guesses from elsewhere can lock only the shared one, so the owner
// still gets in; and with any number of browsers, at most KnownBrowsers+1 times MaxFailures guesses are evaluated before all
// counters are locked.
const KnownBrowsers = 10

// PasswordGuard names the failure counter of a password: by user name, so that unknown names count alike, though elsewhere. The name may
// be any text that a visitor typed.
func PasswordGuard(username string) string { return "username:" + username }

// KnownGuard names the counter of one of the KnownBrowsers (0 to 9). No user name makes PasswordGuard return the same.
func KnownGuard(username string, browser int) string {
	return "known-browser:" + strconv.Itoa(browser) + ":" + username
}

// StandingGuard names the counter of the current password of a person who is signed in and changes it: one for each sign-in. An
// attacker who guesses without a sign-in counts on other counters, and so can't keep the owner from changing the
// password (ABUSE 18); an attacker at an open page gets MaxFailures guesses, and needs the password for another sign-in.
func StandingGuard(signOn string) string { return "standing:" + signOn }

// decoys is how many counters stand in for those of made-up user names: enough that sign-ins do not wait for one another.
const decoys = 16

// DecoyGuard names a counter that counts nothing. What a wrong password of a made-up user name writes is written there, so that it costs
// what that of a real one does, and no row is made for a name that does not exist.
func DecoyGuard(username string) string {
	sum := sha256.Sum256([]byte(username))
	return "decoy:" + strconv.Itoa(int(sum[0])%decoys)
}

// PasswordGuards lists all counters of a password, in the order in which a transaction takes them: the shared one last.
func PasswordGuards(username string) []string {
	var names []string
	for browser := range KnownBrowsers {
		names = append(names, KnownGuard(username, browser))
	}
	return append(names, PasswordGuard(username))
}
