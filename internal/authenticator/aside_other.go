//go:build !linux

package authenticator

// AtOnce is how many hashes are computed at the same time on so many processors: a hash keeps its processor until it is done, and one is
// left to all other requests (ABUSE 40).
func AtOnce(processors int) int { return min(max(processors-1, 1), mostAtOnce) }

// aside does the work. Only Linux has priorities of threads.
func aside(work func()) { work() }
