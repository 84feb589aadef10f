// Package standing remembers, for a second at most, what was read of an access token's standing: whose session it is of, what the person
// and their practice are like, and that it was not revoked. A page that asks an API for twenty things has its token looked at twenty times
// within that second.
//
// Each time it asks for the version of all that (Versions), which every commit that takes something away changes before it is answered. So
// another node knows with the next request. The second is for a process that has died between the two, or has no Redis in common with the
// node, as a command line beside embedded stores. Without a version it remembers nothing, and the database is asked.
//
// It never answers for what grants something new: a sign-in, a code, a refresh and a report of activity read the database each time.
// It remembers no refusal, and decides nothing: whether the session has lapsed or suffices is asked of the policy each time.
package standing
